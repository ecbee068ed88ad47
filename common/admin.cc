#include "common/admin.h"

#include <utility>

namespace locus {

void AddAdminRoutes(HttpServer& server, Metrics& metrics, std::string config_json,
                    std::function<std::string()> not_ready) {
  constexpr const char* kText = "text/plain; charset=utf-8";
  server.Route("GET", "/healthz", [](const HttpRequest&) { return HttpResponse{200, kText, "ok\n"}; });
  server.Route("GET", "/readyz", [not_ready = std::move(not_ready)](const HttpRequest&) {
    const std::string reason = not_ready();
    return reason.empty() ? HttpResponse{200, kText, "ok\n"} : HttpResponse{503, kText, reason + "\n"};
  });
  server.Route("GET", "/metrics", [&metrics](const HttpRequest&) {
    return HttpResponse{200, "text/plain; version=0.0.4; charset=utf-8", metrics.Render()};
  });
  server.Route("GET", "/configz", [json = std::move(config_json)](const HttpRequest&) {
    return HttpResponse{200, "application/json", json};
  });
}

}  // namespace locus
