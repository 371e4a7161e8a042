#include "bench/micro/inputs.hpp"

#include <array>
#include <string>
#include <string_view>

#include "support/flags.hpp"

namespace hearth::bench::micro {
namespace {

constexpr auto subjects = std::to_array<std::string_view>(
    {"checkout", "search", "dashboard", "alerting-notification-history", "login", "export",
     "recommendations", "billing.invoices"});
constexpr auto features =
    std::to_array<std::string_view>({"v2", "new-editor", "payment-method", "query-cache",
                                     "dark-mode", "server-side-paging", "limits"});
constexpr auto sentences = std::to_array<std::string_view>(
    {"", "Enables the new form.", "Lets customers of the chosen countries pay by this method.",
     "Writes to the new table as well as to the old one, and compares what is read from both; to "
     "be "
     "removed when they have agreed for a month.",
     "Shows the \"beta\" sign beside the title."});

}  // namespace

std::vector<domain::Flag> flags(std::size_t count) {
  std::vector<domain::Flag> all;
  all.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    // The numbers of subjects, features and sentences have no common divisor: all combinations.
    std::string key(subjects[i % subjects.size()]);
    key.append(".").append(features[i % features.size()]);
    if (i >= subjects.size() * features.size()) key += "-" + std::to_string(i);
    auto flag = test_support::sample_flag(key, i + 1);
    flag.enabled = i % 5 == 0;
    flag.rollout_percentage = i % 3 == 0 ? static_cast<int>(i % 100) : 100;
    flag.description = sentences[i % sentences.size()];
    all.push_back(std::move(flag));
  }
  return all;
}

domain::Flag usual_flag() {
  auto flag = test_support::sample_flag("checkout.payment-method1", 4711);
  flag.description = "Offers this way to pay to the customers of chosen countries.";
  return flag;
}

const domain::Environment& production() {
  static const auto environment = test_support::environment("production");
  return environment;
}

}  // namespace hearth::bench::micro
