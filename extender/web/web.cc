#include "extender/web/web.h"

#include <string>

#include "extender/web/files.h"

namespace locus::extender {
namespace {

// Texts of pods reach the page. What of them might be taken for a script would not run: scripts come from /web/ alone,
// and none may be made of text (require-trusted-types-for).
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'";

HttpResponse Answer(const WebFile& file) {
  return {200,
          file.content_type,
          std::string(file.text),
          {{"Content-Security-Policy", kPolicy},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cache-Control", "no-cache"}}};
}

}  // namespace

void AddWebPage(HttpServer& server) {
  for (const WebFile* file : {&kPageHtml, &kPageCss, &kPageJs, &kElementsJs}) {
    server.Route("GET", file->path, [file](const HttpRequest&) { return Answer(*file); });
  }
}

}  // namespace locus::extender
