// The web page: a few files, which are part of the program.
#pragma once

#include "common/http_server.h"

namespace locus::extender {

// Adds, before Start: GET / and what it loads, below /web/. They hold no data: the page asks for that at /v1/..., as
// its reader is allowed to. Browsers are told to load nothing from elsewhere, to run no script but these, to show
// the page in no frame, and to ask again each time: an upgrade is seen at once.
void AddWebPage(HttpServer& server);

}  // namespace locus::extender
