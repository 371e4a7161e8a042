#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functional/cli_database_fixture.hpp"

namespace hearth::functional {
namespace {

using testing::HasSubstr;

class CliImport : public CliDatabaseTest {
 protected:
  void refused(std::string_view text, const std::string& part) const {
    const auto result = run({"flags", "import", "-"}, text);
    EXPECT_EQ(result.exit_code, 2) << part;
    EXPECT_EQ(result.out, "") << part;
    EXPECT_THAT(result.err, HasSubstr(part));
  }
};
HEARTH_FOR_BOTH_DATABASES(CliImport);

TEST_P(CliImport, RealFlagsComeInOnceAndAreUnchangedAfterwards) {
  EXPECT_EQ(succeed({"flags", "import", HEARTH_DATA_SET, "--dry-run"}),
            "would import: 270 created, 0 updated, 0 unchanged\n");
  EXPECT_EQ(succeed({"flags", "list"}), "0 flag(s) in production\n");
  EXPECT_EQ(succeed({"flags", "import", HEARTH_DATA_SET}),
            "imported: 270 created, 0 updated, 0 unchanged\n");
  const auto before = succeed({"flags", "list", "--json"});
  EXPECT_EQ(at(json_of(before), "flags").as_array().size(), 270U);
  EXPECT_EQ(succeed({"flags", "import", HEARTH_DATA_SET}),
            "imported: 0 created, 0 updated, 270 unchanged\n");
  // Not even a version: what has not changed is not written.
  EXPECT_EQ(succeed({"flags", "list", "--json"}), before);

  (void)succeed({"flags", "set", "panelTitleSearch", "--rollout", "42"});
  EXPECT_EQ(succeed({"flags", "import", HEARTH_DATA_SET, "--dry-run"}),
            "would import: 0 created, 1 updated, 269 unchanged\n");
  EXPECT_THAT(succeed({"flags", "get", "panelTitleSearch"}), HasSubstr("rollout:     42 %"));
  EXPECT_EQ(succeed({"flags", "import", HEARTH_DATA_SET}),
            "imported: 0 created, 1 updated, 269 unchanged\n");
}

TEST_P(CliImport, ExportIsWhatImportTakes) {
  (void)succeed({"flags", "import", HEARTH_DATA_SET});
  (void)succeed({"flags", "create", "odd", "--description", "\"\\\t\n\xF0\x9F\x94\xA5"});
  const auto file = path_of("flags.json");
  EXPECT_EQ(succeed({"flags", "export", file}), "exported 271 flag(s) to " + file + "\n");
  EXPECT_EQ(succeed({"flags", "export"}), read_file(file));
  EXPECT_EQ(json_of(read_file(file)).as_array().size(), 271U);
  EXPECT_EQ(succeed({"flags", "import", file}), "imported: 0 created, 0 updated, 271 unchanged\n");
  EXPECT_EQ(succeed({"flags", "import", file, "--environment", "copy"}),
            "imported: 271 created, 0 updated, 0 unchanged\n");
  EXPECT_EQ(succeed({"flags", "export", "--environment", "copy"}), read_file(file));
  EXPECT_EQ(run({"flags", "export", "/no/such/folder/flags.json"}).exit_code, 2);
}

TEST_P(CliImport, OneBadFlagKeepsAllOut) {
  const auto with = [](const std::string& bad) {
    return R"([{"key":"good-1"},{"key":"good-2"},)" + bad + R"(,{"key":"good-3"}])";
  };
  refused(with(R"({"key":"a","rolloutPercentage":101})"), "Flag 3: rolloutPercentage");
  refused(with(R"({"key":"a","rolloutPercentage":"50"})"), "Flag 3: rolloutPercentage");
  refused(with(R"({"key":"a b"})"), "Flag 3: A flag key is");
  refused(with(R"({"key":"a","colour":"red"})"), "Flag 3: Unknown member 'colour'");
  refused(with(R"({"enabled":true})"), "Flag 3: The member 'key' is missing");
  refused(with(R"("a")"), "Flag 3: This is no JSON object");
  refused(with(R"({"key":"good-1"})"), "The flag 'good-1' occurs more than once");
  refused(with(R"({"key":"a","description":")" + std::string(2001, 'd') + "\"}"), "at most 2000");
  refused(R"({"key":"a"})", "This is no JSON array of flags");
  refused("", "This is not valid JSON");
  refused("[{]", "This is not valid JSON");
  EXPECT_EQ(succeed({"flags", "list"}), "0 flag(s) in production\n");
}

TEST_P(CliImport, FileThatCannotBeReadIsNamed) {
  const auto missing = run({"flags", "import", "/no/such/file.json"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("The file '/no/such/file.json' cannot be read"));
  const auto folder = run({"flags", "import", "/"});
  EXPECT_EQ(folder.exit_code, 2);
}

TEST_P(CliImport, EmptyArrayImportsNothing) {
  EXPECT_EQ(succeed({"flags", "import", "-"}, "[]"),
            "imported: 0 created, 0 updated, 0 unchanged\n");
}

}  // namespace
}  // namespace hearth::functional
