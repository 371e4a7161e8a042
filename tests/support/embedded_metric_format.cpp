#include "support/embedded_metric_format.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

namespace hearth::test_support {
namespace {

namespace json = boost::json;

constexpr std::size_t most_line_bytes = 256UL * 1024;
constexpr std::size_t most_metrics = 100;
constexpr std::size_t most_dimensions = 30;
constexpr std::size_t most_values = 100;
constexpr auto units = std::to_array<std::string_view>({"Seconds",
                                                        "Microseconds",
                                                        "Milliseconds",
                                                        "Bytes",
                                                        "Kilobytes",
                                                        "Megabytes",
                                                        "Gigabytes",
                                                        "Terabytes",
                                                        "Bits",
                                                        "Kilobits",
                                                        "Megabits",
                                                        "Gigabits",
                                                        "Terabits",
                                                        "Percent",
                                                        "Count",
                                                        "Bytes/Second",
                                                        "Kilobytes/Second",
                                                        "Megabytes/Second",
                                                        "Gigabytes/Second",
                                                        "Terabytes/Second",
                                                        "Bits/Second",
                                                        "Kilobits/Second",
                                                        "Megabits/Second",
                                                        "Gigabits/Second",
                                                        "Terabits/Second",
                                                        "Count/Second",
                                                        "None"});

/// The first rule that is broken.
struct Broken {
  std::string rule;
};

void require(bool holds, std::string_view rule) {
  if (!holds) throw Broken{std::string(rule)};
}

const json::value& member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  require(value != nullptr, std::string(name) + " is required");
  return *value;
}

/// The schema does not say so, but the specification does, for every object that it defines.
void require_no_other(const json::object& object, std::initializer_list<std::string_view> members) {
  for (const auto& member : object) {
    const bool is_known =
        std::ranges::find(members, std::string_view(member.key())) != members.end();
    require(is_known, std::string(member.key()) + " is no member that is defined");
  }
}

std::string text(const json::value& value, std::size_t longest, std::string_view what) {
  require(value.is_string(), std::string(what) + " is a string");
  const auto& string = value.get_string();
  require(!string.empty() && string.size() <= longest, std::string(what) + " has a length");
  require(string.find_first_of("\r\n") == json::string::npos, std::string(what) + " is one line");
  return std::string(string);
}

void check_dimensions(const json::value& sets, const json::object& root) {
  require(sets.is_array() && !sets.get_array().empty(), "Dimensions is an array of sets");
  for (const auto& set : sets.get_array()) {
    require(set.is_array(), "a set is an array");
    require(set.get_array().size() <= most_dimensions, "at most 30 dimensions");
    for (const auto& each : set.get_array()) {
      const auto& value = member(root, text(each, 250, "a dimension"));
      static_cast<void>(text(value, 1024, "the value of a dimension"));
    }
  }
}

void check_value(const json::value& value) {
  if (!value.is_array()) return require(value.is_number(), "a metric is a number or an array");
  const auto& values = value.get_array();
  require(!values.empty() && values.size() <= most_values, "an array of values has a length");
  for (const auto& each : values) require(each.is_number(), "each value is a number");
}

void check_metric(const json::object& metric, const json::object& root) {
  require_no_other(metric, {"Name", "Unit", "StorageResolution"});
  if (const auto* unit = metric.if_contains("Unit")) {
    const bool is_known = std::ranges::find(units, text(*unit, 32, "Unit")) != units.end();
    require(is_known, "Unit is one that CloudWatch knows");
  }
  if (const auto* resolution = metric.if_contains("StorageResolution")) {
    require(*resolution == 1 || *resolution == 60, "StorageResolution is 1 or 60");
  }
  check_value(member(root, text(member(metric, "Name"), 1024, "Name")));
}

void check_metrics(const json::value& metrics, const json::object& root) {
  require(metrics.is_array(), "Metrics is an array");
  require(metrics.get_array().size() <= most_metrics, "at most 100 metrics");
  std::set<std::string> names;
  for (const auto& metric : metrics.get_array()) {
    require(metric.is_object(), "a metric is an object");
    check_metric(metric.get_object(), root);
    const auto& name = metric.get_object().at("Name").get_string();
    require(names.emplace(name).second, "a metric is defined once");
  }
}

void check(std::string_view line) {
  require(line.size() <= most_line_bytes, "a line is not too long");
  require(line.find('\n') == std::string_view::npos, "a document is one line");
  json::error_code mistake;
  const auto document = json::parse(line, mistake);
  require(!mistake && document.is_object(), "a document is one JSON object");
  const auto& root = document.get_object();
  require(member(root, "_aws").is_object(), "_aws is an object");
  const auto& metadata = root.at("_aws").get_object();
  require_no_other(metadata, {"Timestamp", "CloudWatchMetrics"});

  const auto& timestamp = member(metadata, "Timestamp");
  // Seconds or nanoseconds instead of milliseconds would be decades away.
  require(timestamp.is_int64() && timestamp.get_int64() > 1'500'000'000'000 &&
              timestamp.get_int64() < 4'000'000'000'000,
          "Timestamp is in milliseconds since 1970");
  const auto& directives = member(metadata, "CloudWatchMetrics");
  require(directives.is_array() && !directives.get_array().empty(),
          "CloudWatchMetrics is an array of directives");
  for (const auto& each : directives.get_array()) {
    require(each.is_object(), "a directive is an object");
    const auto& directive = each.get_object();
    require_no_other(directive, {"Namespace", "Dimensions", "Metrics"});
    static_cast<void>(text(member(directive, "Namespace"), 1024, "Namespace"));
    check_dimensions(member(directive, "Dimensions"), root);
    check_metrics(member(directive, "Metrics"), root);
  }
}

}  // namespace

std::string embedded_metric_mistake(std::string_view line) {
  try {
    check(line);
    return {};
  } catch (const Broken& broken) {
    return broken.rule;
  }
}

}  // namespace hearth::test_support
