// The page's files as the build has found them.
#pragma once

#include <string_view>

namespace locus::extender {

struct WebFile {
  // Where it is served.
  const char* path;
  const char* content_type;
  std::string_view text;
};

extern const WebFile kPageHtml;
extern const WebFile kPageCss;
extern const WebFile kPageJs;
extern const WebFile kElementsJs;

}  // namespace locus::extender
