#include "adapters/aws/curl_library.hpp"

#include <dlfcn.h>
#include <string>

namespace hearth::adapters::aws {
namespace {

using domain::ErrorCode;
using domain::fail;
using domain::Result;

constexpr unsigned first_version = 0x075500;  // 7.85.0

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<CurlLibrary> open_library() {
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return fail(ErrorCode::misconfigured,
                std::string("libcurl cannot be loaded: ") + (why == nullptr ? "no reason" : why));
  }
  CurlLibrary curl;
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_version_info) version_info = nullptr;
  const bool complete = find(library, "curl_global_init", global_init) &&
                        find(library, "curl_version_info", version_info) &&
                        find(library, "curl_easy_init", curl.easy_init) &&
                        find(library, "curl_easy_setopt", curl.easy_setopt) &&
                        find(library, "curl_easy_perform", curl.easy_perform) &&
                        find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                        find(library, "curl_easy_strerror", curl.easy_strerror) &&
                        find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                        find(library, "curl_slist_append", curl.slist_append) &&
                        find(library, "curl_slist_free_all", curl.slist_free_all);
  if (!complete || version_info(CURLVERSION_NOW)->version_num < first_version) {
    return fail(ErrorCode::misconfigured, "libcurl is older than 7.85");
  }
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(ErrorCode::misconfigured, "libcurl cannot be initialised");
  }
  return curl;
}

}  // namespace

Result<const CurlLibrary*> curl_library() {
  static const auto library = open_library();
  if (!library) return std::unexpected(library.error());
  return &*library;
}

}  // namespace hearth::adapters::aws
