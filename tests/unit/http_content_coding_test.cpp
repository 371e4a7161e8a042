#include <gtest/gtest.h>

#include <random>

#include "adapters/http/content_coding.hpp"
#include "support/gunzip.hpp"

namespace hearth::adapters::http {
namespace {

TEST(AcceptEncoding, TakesGzipWhereItIsNamedOrMeant) {
  for (const auto* sent :
       {"gzip", "GZip", "x-gzip", "br, gzip", "deflate,gzip;q=0.5", "*", "br;q=1,*", "gzip;q=0.001",
        "gzip ; q=1.0", "identity;q=0, *;q=0.5", ",gzip"}) {
    EXPECT_TRUE(accepts_gzip(sent)) << sent;
  }
}

TEST(AcceptEncoding, RefusesItOtherwise) {
  for (const auto* sent : {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "gzip;q=0.", "*;q=0",
                           "gzip;q=0, *", "gzipped", "*, gzip;Q=0", "br;q=1.0", ";", ",,"}) {
    EXPECT_FALSE(accepts_gzip(sent)) << sent;
  }
}

TEST(Gzip, GivesTheTextBack) {
  std::mt19937_64 random(3);
  for (const std::size_t size : {0, 1, 100, 100'000}) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += "{}:\",abtruefls"[random() % 13];
    const auto packed = gzip(text);
    ASSERT_TRUE(packed);
    EXPECT_EQ(test_support::gunzip(*packed), text);
    if (size > 1'000) {
      EXPECT_LT(packed->size(), size * 2 / 3);
    }
  }
  std::string noise(10'000, '\0');
  for (auto& byte : noise) byte = static_cast<char>(random());
  EXPECT_EQ(test_support::gunzip(gzip(noise).value()), noise)
      << "what cannot be packed fits as well";
}

}  // namespace
}  // namespace hearth::adapters::http
