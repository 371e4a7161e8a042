#include "adapters/http/content_coding.hpp"

#include <algorithm>
#include <zlib.h>

namespace hearth::adapters::http {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// What is before the first `separator`, which is taken off the front of `rest` as well.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return trimmed(taken);
}

bool is_named(std::string_view coding, std::string_view name) {
  return std::ranges::equal(coding, name, [](char c, char wanted) {
    return (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) == wanted;
  });
}

/// `q=0`, `q=0.`, `q=0.000`: not acceptable.
bool is_refused(std::string_view parameter) {
  const auto name = take_until(parameter, '=');
  if (!is_named(name, "q")) return false;
  const auto weight = trimmed(parameter);
  return weight.starts_with('0') && weight.find_first_of("123456789") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    auto element = take_until(accept_encoding, ',');
    const auto coding = take_until(element, ';');
    const bool accepted = !is_refused(trimmed(element));
    if (is_named(coding, "gzip") || is_named(coding, "x-gzip")) return accepted;
    if (coding == "*") any = accepted;
  }
  return any;
}

std::optional<std::string> gzip(std::string_view text) {
  constexpr int largest_window = 15;
  constexpr int gzip_wrapper = 16;
  constexpr int usual_memory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, largest_window + gzip_wrapper, usual_memory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  // zlib's interface has no const, but it does not write to its input.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const auto ended = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) return std::nullopt;
  return packed;
}

}  // namespace hearth::adapters::http
