// A folder of the test's own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace locus::worker {

// Made below TEST_TMPDIR, or below another folder, removed at the end.
class TempFolder {
 public:
  TempFolder() : TempFolder(std::getenv("TEST_TMPDIR")) {}
  explicit TempFolder(const char* base) {
    std::string pattern = std::string(base == nullptr ? "/tmp" : base) + "/locus-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  // Empty when it could not be made.
  const std::string& path() const { return path_; }
  // Makes the folders above it too.
  void Write(const std::string& name, const std::string& bytes) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }

 private:
  std::string path_;
};

}  // namespace locus::worker
