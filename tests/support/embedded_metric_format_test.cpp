// A check that lets every document pass would prove nothing about hearth's.
#include "support/embedded_metric_format.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>

namespace hearth::test_support {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

/// With everything that a document may have.
json::object document() {
  return json::parse(R"({
    "_aws": {
      "Timestamp": 1767225600000,
      "CloudWatchMetrics": [{
        "Namespace": "Hearth",
        "Dimensions": [["Environment"], []],
        "Metrics": [
          {"Name": "duration", "Unit": "Milliseconds", "StorageResolution": 60},
          {"Name": "count"}
        ]
      }]
    },
    "Environment": "production", "duration": 1.5, "count": [1, 2], "trigger": "scheduled"
  })")
      .as_object();
}

using Change = std::function<void(json::object&)>;

std::string mistake_after(const Change& change) {
  auto changed = document();
  change(changed);
  return embedded_metric_mistake(json::serialize(changed));
}

/// The value at that place (a JSON pointer); a member that is missing is made.
json::value& value_at(json::value& root, const std::string& place) {
  auto* value = &root;
  std::istringstream names(place.substr(1));
  for (std::string name; std::getline(names, name, '/');) {
    value = value->is_array() ? &value->as_array().at(std::stoul(name)) : &value->as_object()[name];
  }
  return *value;
}

/// With another value at that place.
template <class Value>
std::string mistake_with(const std::string& place, Value value) {
  json::value changed = document();
  value_at(changed, place) = json::value_from(value);
  return embedded_metric_mistake(json::serialize(changed));
}

json::object& metadata_of(json::object& root) { return root.at("_aws").as_object(); }
json::object& directive_of(json::object& root) {
  return metadata_of(root).at("CloudWatchMetrics").as_array().at(0).as_object();
}
json::object& metric_of(json::object& root) {
  return directive_of(root).at("Metrics").as_array().at(0).as_object();
}

/// So many strings, each a dimension that the document has.
json::array dimensions(std::size_t count) { return json::array(count, "Environment"); }

/// Metrics and their values.
Change with_metrics(int count) {
  return [count](json::object& root) {
    json::array metrics;
    for (int i = 0; i < count; ++i) {
      const auto name = "metric-" + std::to_string(i);
      metrics.push_back(json::object{{"Name", name}});
      root[name] = i;
    }
    directive_of(root)["Metrics"] = std::move(metrics);
  };
}

const std::string directive = "/_aws/CloudWatchMetrics/0";
const std::string metric = directive + "/Metrics/0";

TEST(EmbeddedMetricFormat, DocumentsAtTheLimitsPass) {
  EXPECT_EQ(embedded_metric_mistake(json::serialize(document())), "");
  EXPECT_EQ(mistake_after(with_metrics(100)), "");
  EXPECT_EQ(mistake_with(directive + "/Dimensions/0", dimensions(30)), "");
  EXPECT_EQ(mistake_with("/count", json::array(100, 1.5)), "");
  EXPECT_EQ(mistake_with("/Environment", std::string(1024, 'x')), "");
  EXPECT_EQ(mistake_with(directive + "/Namespace", std::string(1024, 'x')), "");
  EXPECT_EQ(mistake_with(metric + "/StorageResolution", 1), "");
}

TEST(EmbeddedMetricFormat, LineThatIsNotOneObjectIsSeen) {
  const auto good = json::serialize(document());
  EXPECT_THAT(embedded_metric_mistake(good + good), HasSubstr("one JSON object"));
  EXPECT_THAT(embedded_metric_mistake(good.substr(1)), HasSubstr("one JSON object"));
  EXPECT_THAT(embedded_metric_mistake("[" + good + "]"), HasSubstr("one JSON object"));
  EXPECT_THAT(embedded_metric_mistake("\n" + good), HasSubstr("one line"));
  EXPECT_THAT(mistake_with("/more", std::string(256UL * 1024, 'x')), HasSubstr("not too long"));
}

TEST(EmbeddedMetricFormat, WrongMetadataIsSeen) {
  EXPECT_THAT(mistake_after([](auto& root) { root.erase("_aws"); }), HasSubstr("_aws is required"));
  EXPECT_THAT(mistake_with("/_aws", json::array()), HasSubstr("_aws is an object"));
  EXPECT_THAT(mistake_with("/_aws/more", 1), HasSubstr("more is no member"));
  EXPECT_THAT(mistake_after([](auto& root) { metadata_of(root).erase("Timestamp"); }),
              HasSubstr("Timestamp is required"));
  for (const auto& wrong : {json::value("1767225600000"), json::value(1767225600000.5),
                            json::value(1767225600), json::value(1767225600000000000)}) {
    EXPECT_THAT(mistake_with("/_aws/Timestamp", wrong), HasSubstr("milliseconds")) << wrong;
  }
  EXPECT_THAT(mistake_after([](auto& root) { metadata_of(root).erase("CloudWatchMetrics"); }),
              HasSubstr("CloudWatchMetrics is required"));
  EXPECT_THAT(mistake_with("/_aws/CloudWatchMetrics", json::object()), HasSubstr("an array"));
  EXPECT_THAT(mistake_with("/_aws/CloudWatchMetrics", json::array()), HasSubstr("an array"));
  EXPECT_THAT(mistake_with(directive, "text"), HasSubstr("a directive is an object"));
  EXPECT_THAT(mistake_with(directive + "/more", 1), HasSubstr("more is no member"));
}

TEST(EmbeddedMetricFormat, WrongNamespaceIsSeen) {
  const auto place = directive + "/Namespace";
  EXPECT_THAT(mistake_after([](auto& root) { directive_of(root).erase("Namespace"); }),
              HasSubstr("Namespace is required"));
  EXPECT_THAT(mistake_with(place, 1), HasSubstr("Namespace is a string"));
  EXPECT_THAT(mistake_with(place, ""), HasSubstr("Namespace has a length"));
  EXPECT_THAT(mistake_with(place, std::string(1025, 'x')), HasSubstr("Namespace has a length"));
  EXPECT_THAT(mistake_with(place, "two\nlines"), HasSubstr("Namespace is one line"));
}

TEST(EmbeddedMetricFormat, WrongDimensionsAreSeen) {
  const auto place = directive + "/Dimensions";
  EXPECT_THAT(mistake_after([](auto& root) { directive_of(root).erase("Dimensions"); }),
              HasSubstr("Dimensions is required"));
  EXPECT_THAT(mistake_with(place, "Environment"), HasSubstr("Dimensions is an array"));
  EXPECT_THAT(mistake_with(place, json::array()), HasSubstr("Dimensions is an array"));
  EXPECT_THAT(mistake_with(place + "/0", "Environment"), HasSubstr("a set is an array"));
  EXPECT_THAT(mistake_with(place + "/0", dimensions(31)), HasSubstr("at most 30"));
  EXPECT_THAT(mistake_with(place + "/0/0", 1), HasSubstr("a dimension is a string"));
  EXPECT_THAT(mistake_with(place + "/0/0", ""), HasSubstr("a dimension has a length"));
  EXPECT_THAT(mistake_with(place + "/0/0", std::string(251, 'x')), HasSubstr("has a length"));
  EXPECT_THAT(mistake_with(place + "/0/0", "Region"), HasSubstr("Region is required"));
  EXPECT_THAT(mistake_with("/Environment", 1), HasSubstr("value of a dimension is a string"));
  EXPECT_THAT(mistake_with("/Environment", ""), HasSubstr("value of a dimension has a length"));
  EXPECT_THAT(mistake_with("/Environment", std::string(1025, 'x')), HasSubstr("has a length"));
}

TEST(EmbeddedMetricFormat, WrongDefinitionsOfMetricsAreSeen) {
  EXPECT_THAT(mistake_after([](auto& root) { directive_of(root).erase("Metrics"); }),
              HasSubstr("Metrics is required"));
  EXPECT_THAT(mistake_with(directive + "/Metrics", json::object()),
              HasSubstr("Metrics is an array"));
  EXPECT_THAT(mistake_after(with_metrics(101)), HasSubstr("at most 100 metrics"));
  EXPECT_THAT(mistake_with(metric, "duration"), HasSubstr("a metric is an object"));
  EXPECT_THAT(mistake_with(metric + "/more", 1), HasSubstr("more is no member"));
  EXPECT_THAT(mistake_after([](auto& root) { metric_of(root).erase("Name"); }),
              HasSubstr("Name is required"));
  EXPECT_THAT(mistake_with(metric + "/Name", 1), HasSubstr("Name is a string"));
  EXPECT_THAT(mistake_with(metric + "/Name", ""), HasSubstr("Name has a length"));
  EXPECT_THAT(mistake_with(metric + "/Name", std::string(1025, 'x')), HasSubstr("has a length"));
  EXPECT_THAT(mistake_with(metric + "/Name", "count"), HasSubstr("defined once"));
  EXPECT_THAT(mistake_with(metric + "/Unit", "ms"), HasSubstr("Unit is one"));
  EXPECT_THAT(mistake_with(metric + "/Unit", 1), HasSubstr("Unit is a string"));
  for (const auto& wrong : {json::value(5), json::value("1"), json::value(0)}) {
    EXPECT_THAT(mistake_with(metric + "/StorageResolution", wrong), HasSubstr("1 or 60")) << wrong;
  }
}

TEST(EmbeddedMetricFormat, WrongValuesOfMetricsAreSeen) {
  EXPECT_THAT(mistake_after([](auto& root) { root.erase("duration"); }),
              HasSubstr("duration is required"));
  EXPECT_THAT(mistake_with("/duration", "1.5"), HasSubstr("a metric is a number"));
  EXPECT_THAT(mistake_with("/duration", json::object{{"value", 1}}), HasSubstr("a metric is"));
  EXPECT_THAT(mistake_with("/count", json::array(101, 1)), HasSubstr("an array of values"));
  EXPECT_THAT(mistake_with("/count", json::array{1, "2"}), HasSubstr("each value is a number"));
}

}  // namespace
}  // namespace hearth::test_support
