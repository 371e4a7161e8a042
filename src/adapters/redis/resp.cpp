#include "adapters/redis/resp.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "application/text_cursor.hpp"

namespace hearth::adapters::redis {
namespace {

constexpr std::int64_t max_text_bytes = std::int64_t{16} << 20;
constexpr std::int64_t max_elements = std::int64_t{1} << 20;
constexpr std::size_t max_line_bytes = std::size_t{64} << 10;
constexpr int max_levels = 8;
constexpr std::string_view line_end = "\r\n";

using domain::ErrorCode;

/// Why a parse stops before its end: with an error, or, without, because bytes are missing.
struct Stop {
  std::optional<domain::Error> error;
};

Stop need_more() { return {}; }

Stop broken(std::string what) {
  return {domain::Error{ErrorCode::unavailable, "Redis sent what is no RESP2: " + std::move(what)}};
}

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}

  std::expected<Reply, Stop> reply(int level = 0) {
    if (level > max_levels) return std::unexpected(broken("too many levels of arrays"));
    auto line = next_line();
    if (!line) return std::unexpected(std::move(line.error()));
    if (line->empty()) return std::unexpected(broken("an empty line"));
    const auto rest = line->substr(1);
    switch (line->front()) {
      case '+': return Reply{Reply::Type::text, std::string(rest), 0, {}};
      case '-': return Reply{Reply::Type::error, std::string(rest), 0, {}};
      case ':': return integer(rest);
      case '$': return bulk(rest);
      case '*': return array(rest, level);
      default: return std::unexpected(broken("an unknown type of reply"));
    }
  }

  [[nodiscard]] std::size_t consumed() const { return position_; }

 private:
  std::expected<std::string_view, Stop> next_line() {
    const auto end = bytes_.find(line_end, position_);
    if (end == std::string_view::npos) {
      if (bytes_.size() - position_ > max_line_bytes) return std::unexpected(broken("a long line"));
      return std::unexpected(need_more());
    }
    const auto line = bytes_.substr(position_, end - position_);
    position_ = end + line_end.size();
    return line;
  }

  static std::expected<std::int64_t, Stop> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) {
      return std::unexpected(broken("a number that is none"));
    }
    return value;
  }

  static std::expected<Reply, Stop> integer(std::string_view text) {
    auto value = number(text);
    if (!value) return std::unexpected(std::move(value.error()));
    return Reply{Reply::Type::integer, {}, *value, {}};
  }

  std::expected<Reply, Stop> bulk(std::string_view header) {
    auto length = number(header);
    if (!length) return std::unexpected(std::move(length.error()));
    if (*length == -1) return Reply{};
    if (*length < 0 || *length > max_text_bytes) {
      return std::unexpected(broken("a text of " + std::to_string(*length) + " bytes"));
    }
    const auto size = static_cast<std::size_t>(*length);
    if (bytes_.size() - position_ < size + line_end.size()) return std::unexpected(need_more());
    if (bytes_.substr(position_ + size, line_end.size()) != line_end) {
      return std::unexpected(broken("a text without its end"));
    }
    Reply reply{Reply::Type::text, std::string(bytes_.substr(position_, size)), 0, {}};
    position_ += size + line_end.size();
    return reply;
  }

  std::expected<Reply, Stop> array(std::string_view header, int level) {
    auto length = number(header);
    if (!length) return std::unexpected(std::move(length.error()));
    if (*length == -1) return Reply{};
    if (*length < 0 || *length > max_elements) {
      return std::unexpected(broken("an array of " + std::to_string(*length) + " elements"));
    }
    Reply reply{Reply::Type::array, {}, 0, {}};
    for (std::int64_t i = 0; i < *length; ++i) {
      auto element = this->reply(level + 1);
      if (!element) return element;
      reply.elements.push_back(std::move(*element));
    }
    return reply;
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
};

/// What announces an array or a text of that many elements or bytes.
void append_header(std::string& out, char type, std::size_t size) {
  char line[32];
  line[0] = type;
  auto* end = std::to_chars(line + 1, line + sizeof line - line_end.size(), size).ptr;
  end = std::ranges::copy(line_end, end).out;
  out.append(line, end);
}

void append_argument(std::string& out, std::string_view text) {
  append_header(out, '$', text.size());
  out.append(text).append(line_end);
}

}  // namespace

domain::Result<std::optional<ParsedReply>> parse_reply(std::string_view bytes) {
  Parser parser(bytes);
  auto reply = parser.reply();
  if (reply) return ParsedReply{std::move(*reply), parser.consumed()};
  if (reply.error().error) return std::unexpected(std::move(*reply.error().error));
  return std::optional<ParsedReply>{};
}

std::optional<RecognisedText> recognise_text(std::string_view bytes) noexcept {
  constexpr std::size_t most_digits = 7;  // far below the limit
  if (!bytes.starts_with('$')) return std::nullopt;
  constexpr std::string_view null = "$-1\r\n";
  if (bytes.starts_with(null)) return RecognisedText{std::nullopt, null.size()};
  std::size_t length = 0;
  std::size_t position = 1;
  for (; position < bytes.size() && bytes[position] >= '0' && bytes[position] <= '9'; ++position) {
    length = 10 * length + static_cast<std::size_t>(bytes[position] - '0');
    if (position > most_digits) return std::nullopt;
  }
  if (position == 1 || !bytes.substr(position).starts_with(line_end)) return std::nullopt;
  position += line_end.size();
  if (bytes.size() - position < length + line_end.size()) return std::nullopt;
  const auto text = bytes.substr(position, length);
  position += length;
  if (!bytes.substr(position).starts_with(line_end)) return std::nullopt;
  return RecognisedText{text, position + line_end.size()};
}

void append_get(std::string& out, std::string_view key) {
  constexpr std::size_t most_beside_key = 48;
  application::append_written(out, most_beside_key + key.size(),
                              [key](application::TextCursor& cursor) {
                                cursor.literal("*2\r\n$3\r\nGET\r\n$").number(key.size());
                                cursor.literal("\r\n").text(key).literal("\r\n");
                              });
}

void Commands::add(std::initializer_list<std::string_view> arguments) {
  begin(arguments.size());
  for (const auto text : arguments) argument(text);
}

void Commands::append(Commands other) {
  count_ += other.count_;
  bytes_ = bytes_.empty() ? std::move(other.bytes_) : bytes_ + other.bytes_;
}

void Commands::begin(std::size_t arguments) {
  append_header(bytes_, '*', arguments);
  ++count_;
}

void Commands::argument(std::string_view text) { append_argument(bytes_, text); }

std::optional<domain::Error> refusal_to_serve(const Reply& reply) {
  if (reply.type != Reply::Type::error || reply.text.starts_with("WRONGTYPE")) return std::nullopt;
  return domain::Error{domain::ErrorCode::unavailable, "Redis refuses: " + reply.text};
}

std::optional<std::int64_t> time_ms(const Reply& reply) {
  if (reply.type != Reply::Type::array || reply.elements.size() != 2) return std::nullopt;
  try {
    return std::stoll(reply.elements[0].text) * 1000 + std::stoll(reply.elements[1].text) / 1000;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace hearth::adapters::redis
