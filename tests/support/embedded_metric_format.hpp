#pragma once

#include <string>
#include <string_view>

namespace hearth::test_support {

/// Empty if the line is a document of CloudWatch's Embedded Metric Format, else the first rule that
/// it breaks: the published schema and the limits of the specification ("Specification: Embedded
/// metric format", CloudWatch user guide), with every metric and dimension resolved in the root.
[[nodiscard]] std::string embedded_metric_mistake(std::string_view line);

}  // namespace hearth::test_support
