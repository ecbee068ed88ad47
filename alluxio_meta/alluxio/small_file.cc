#include "alluxio_meta/alluxio/small_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/status.h"

namespace locus::meta {

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  const auto problem = [&](const std::string& what) { return Unavailable("cannot read " + path + ": " + what); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return problem(std::strerror(errno));
  // One more, to see that there is more.
  std::string text(max_bytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return problem(std::strerror(errno));
  if (text.size() > max_bytes) return problem("it has more than " + std::to_string(max_bytes) + " bytes");
  return text;
}

}  // namespace locus::meta
