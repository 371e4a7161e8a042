#include "bench/nginx_reference.hpp"

#include <fstream>

#include "bench/reference_process.hpp"
#include "support/free_port.hpp"

namespace hearth::bench {

std::string nginx_configuration(const NginxReference::Answer& answer, std::uint16_t port,
                                const std::string& folder) {
  // A single process dies with the benchmark, whose child it is; a master's worker would not.
  std::string text = "daemon off;\nmaster_process off;\nerror_log stderr;\n";
  text += "pid " + folder + "/nginx.pid;\n";
  text += "events { worker_connections 1024; }\nhttp {\n";
  text += "  access_log off;\n  server_tokens off;\n  keepalive_requests 1000000000;\n";
  text += "  keepalive_timeout 1h;\n";
  for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    text.append("  ").append(kind).append("_temp_path ").append(folder).append("/").append(kind);
    text += ";\n";
  }
  text += "  default_type '" + answer.content_type + "';\n";
  text += "  add_header X-Cache '" + answer.cache_header + "';\n";
  text += "  server {\n    listen 127.0.0.1:" + std::to_string(port) + ";\n";
  if (answer.body.size() <= NginxReference::most_bytes_returned) {
    text += "    location / { return 200 '" + answer.body + "'; }\n";
  } else {
    text += "    sendfile on; tcp_nopush on; open_file_cache max=10; etag off;\n";
    text += "    location / { root " + folder + "; try_files /answer =404; }\n";
  }
  text += "  }\n}\n";
  return text;
}

NginxReference::NginxReference(const Answer& answer, std::vector<std::string> launcher) {
  // Somebody may take a port between finding it and listening on it.
  constexpr int attempts = 3;
  for (int attempt = 1; !process_; ++attempt) {
    try {
      launch(answer, launcher);
    } catch (const std::runtime_error&) {
      if (attempt == attempts) throw;
    }
  }
}

void NginxReference::launch(const Answer& answer, std::vector<std::string> command) {
  port_ = test_support::free_port();
  const auto configuration = folder_.path() / "nginx.conf";
  std::ofstream(configuration) << nginx_configuration(answer, port_, folder_.path().string());
  const std::string folder = folder_.path().string();
  std::ofstream(folder_.path() / "answer", std::ios::binary) << answer.body;
  command.insert(command.end(),
                 {"nginx", "-p", folder, "-e", "stderr", "-c", configuration.string()});
  process_.emplace(start_reference(std::move(command), port_, "/", folder_.path() / "log"));
}

}  // namespace hearth::bench
