#pragma once

// Without this, curl.h replaces the functions below by macros of the same names.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "domain/error.hpp"

namespace hearth::adapters::aws {

/// The functions of libcurl that hearth calls, from a library that is opened when it is first
/// needed: linking it would load some twenty libraries at every start of hearth, several
/// milliseconds for one call in the life of a deployment.
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

/// Opens `libcurl.so.4`, once; it stays for the life of the process. `misconfigured` if it is not
/// installed or older than 7.85. Threading: any thread.
[[nodiscard]] domain::Result<const CurlLibrary*> curl_library();

}  // namespace hearth::adapters::aws
