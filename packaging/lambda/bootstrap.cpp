// The executable `bootstrap` of the zip for AWS Lambda. hearth is built for a newer C library than
// the one of `provided.al2023`, so the zip brings its own, with the loader that belongs to it; this
// program, which is linked statically and needs neither, starts hearth through that loader.
//
//   bootstrap                  hearth lambda, which is how Lambda calls it
//   bootstrap ARGUMENTS...     hearth ARGUMENTS..., to look at an unpacked zip by hand

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

/// Where the zip was unpacked: Lambda says it. Elsewhere, the folder of this program.
std::string task_root(const char* program) {
  const char* root = std::getenv("LAMBDA_TASK_ROOT");
  if (root != nullptr && *root != '\0') return root;
  const std::string path = program;
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string root = task_root(argc > 0 ? argv[0] : "");
  // Debian's OpenSSL looks for certificates where Amazon Linux has none. Whoever has set another
  // file keeps it.
  setenv("SSL_CERT_FILE", (root + "/ca-certificates.crt").c_str(), 0);

  // Without the cache of the system's libraries, which belong to another C library.
  std::vector<std::string> arguments = {root + "/lib/loader", "--inhibit-cache", "--library-path",
                                        root + "/lib", root + "/hearth"};
  if (argc > 1) {
    arguments.insert(arguments.end(), argv + 1, argv + argc);
  } else {
    arguments.emplace_back("lambda");
  }
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(pointers.front(), pointers.data());
  std::fprintf(stderr, "bootstrap: cannot run %s: %s\n", pointers.front(), std::strerror(errno));
  return 1;
}
