#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bootstrap/configuration.hpp"

namespace hearth::bootstrap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(EnvFile, NamesAndValues) {
  EXPECT_THAT(parse_env_file("A=1\nB_2 = two words \n\nC=\n").value(),
              ElementsAre(Pair("A", "1"), Pair("B_2", "two words"), Pair("C", "")));
  EXPECT_THAT(parse_env_file("").value(), IsEmpty());
  EXPECT_THAT(parse_env_file("LAST=without line end").value(),
              ElementsAre(Pair("LAST", "without line end")));
}

TEST(EnvFile, QuotesAreTakenOff) {
  EXPECT_THAT(parse_env_file("A=\"x # y\"\nB='a \"b\" c'\nC=\"\"\nD=\"open\nE=it's").value(),
              ElementsAre(Pair("A", "x # y"), Pair("B", "a \"b\" c"), Pair("C", ""),
                          Pair("D", "\"open"), Pair("E", "it's")));
}

TEST(EnvFile, CommentsAreLeftOut) {
  EXPECT_THAT(parse_env_file("# A=1\n  # B=2\nC=3 # three\nD=4#four\nE='5' # five").value(),
              ElementsAre(Pair("C", "3"), Pair("D", "4#four"), Pair("E", "5")));
}

TEST(EnvFile, ExportAndWindowsLineEndsAreAllowed) {
  EXPECT_THAT(parse_env_file("export A=1\r\nexport   B=\"2\"\r\n\r\n# c\r\n").value(),
              ElementsAre(Pair("A", "1"), Pair("B", "2")));
}

TEST(EnvFile, ValueMayHoldEqualsSigns) {
  EXPECT_THAT(parse_env_file("URL=postgres://h/d?a=b&c=d").value(),
              ElementsAre(Pair("URL", "postgres://h/d?a=b&c=d")));
}

TEST(EnvFile, LastOfTwoValuesCounts) {
  EXPECT_THAT(parse_env_file("A=1\nA=2").value(), ElementsAre(Pair("A", "2")));
}

TEST(EnvFile, BadLineIsNamedByItsNumberAlone) {
  for (const auto* text :
       {"A=1\n\nsecret without equals\n", "# x\n\n=secret", "A=1\r\n\r\nsecret"}) {
    const auto parsed = parse_env_file(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, domain::ErrorCode::validation);
    EXPECT_THAT(parsed.error().message, HasSubstr("line 3"));
    EXPECT_THAT(parsed.error().message, testing::Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace hearth::bootstrap
