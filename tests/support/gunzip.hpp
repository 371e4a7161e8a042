#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <zlib.h>

namespace hearth::test_support {

/// The text that was packed in the gzip format. Throws if it is none, or not whole.
inline std::string gunzip(std::string_view packed) {
  constexpr int gzip_only = 16 + 15;
  z_stream stream{};
  if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::runtime_error("no memory");
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  int state = Z_OK;
  while (state == Z_OK) {
    char piece[4096];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(piece, sizeof piece - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || stream.avail_in != 0) throw std::runtime_error("not gzip");
  return text;
}

}  // namespace hearth::test_support
