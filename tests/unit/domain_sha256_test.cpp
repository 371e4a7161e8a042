#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <random>
#include <string>

#include "domain/sha256.hpp"

namespace hearth::domain {
namespace {

std::string hex(const std::array<std::uint8_t, 32>& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::array<std::uint8_t, 32> openssl_sha256(const std::string& message) {
  std::array<std::uint8_t, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data());
  return digest;
}

// NIST, "Examples with Intermediate Values", and the Cryptographic Algorithm Validation Program.
TEST(Sha256, EmptyMessageMatchesNist) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OneBlockMatchesNist) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, TwoBlocksMatchNist) {
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, MillionCharactersMatchNist) {
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, EveryLengthAroundItsBlocksMatchesOpenSsl) {
  std::mt19937 random(20'330);  // fixed: a failure can be repeated
  for (std::size_t length = 0; length <= 300; ++length) {
    std::string message(length, '\0');
    std::ranges::generate(message, [&] { return static_cast<char>(random()); });
    ASSERT_EQ(hex(sha256(message)), hex(openssl_sha256(message))) << "length " << length;
  }
}

}  // namespace
}  // namespace hearth::domain
