#include "common/admin.h"

#include <utility>

#include "common/program_metrics.h"

namespace locus {

void AddAdminRoutes(HttpServer& server, Metrics& metrics, std::string config_json,
                    std::function<std::string()> not_ready, std::function<std::string()> remark) {
  constexpr const char* kText = "text/plain; charset=utf-8";
  ExportProgram(metrics);
  server.Route("GET", "/healthz", [](const HttpRequest&) { return HttpResponse{200, kText, "ok\n"}; });
  server.Route("GET", "/readyz", [not_ready = std::move(not_ready), remark = std::move(remark)](const HttpRequest&) {
    const std::string reason = not_ready();
    const std::string further = remark ? remark() : "";
    return HttpResponse{reason.empty() ? 200 : 503, kText,
                        (reason.empty() ? "ok" : reason) + "\n" + (further.empty() ? "" : further + "\n")};
  });
  server.Route("GET", "/metrics", [&metrics](const HttpRequest&) {
    return HttpResponse{200, "text/plain; version=0.0.4; charset=utf-8", metrics.Render()};
  });
  server.Route("GET", "/configz", [json = std::move(config_json)](const HttpRequest&) {
    return HttpResponse{200, "application/json", json};
  });
}

}  // namespace locus
