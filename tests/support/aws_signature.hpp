#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::test_support {

/// A request as a server received it.
struct ReceivedRequest {
  std::string method;
  std::string path;   ///< without the query
  std::string query;  ///< in canonical form already: encoded, sorted
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// What the caller of an AWS service must be able to sign with.
struct AwsIdentity {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< empty: permanent credentials
  std::string region;
};

/// The hexadecimal signature of the request, with these headers signed (lower case, sorted,
/// separated by `;`), as "Signature Version 4" of AWS's documentation computes it ("Create a
/// signed AWS API request"): written from that description, without the code under test.
[[nodiscard]] std::string aws_signature(const ReceivedRequest& request, const AwsIdentity& identity,
                                        std::string_view service, std::string_view signed_headers,
                                        std::string_view timestamp);

/// Empty if the request is signed by that identity, for that service, and the signature covers
/// everything that decides what the call does: the host, the time, the body's type, the operation
/// and the session token. Otherwise what is wrong.
[[nodiscard]] std::string aws_signature_mistake(const ReceivedRequest& request,
                                                const AwsIdentity& identity,
                                                std::string_view service);

}  // namespace hearth::test_support
