#include "cache_worker/origin/mounted_origin.h"

#include <catch2/catch.hpp>
#include <set>

#include "common/status.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus;
using namespace locus::worker;

using Paths = std::vector<std::string>;

namespace {

// Mounts at these paths, in this order; each is an under-store of its own.
struct Mounted {
  explicit Mounted(const Paths& paths) {
    std::vector<MountedFolder> folders;
    for (const std::string& path : paths) {
      auto fake = std::make_unique<FakeOrigin>();
      at[path] = fake.get();
      folders.push_back({path, std::move(fake)});
    }
    origin = std::make_unique<MountedOrigin>(std::move(folders));
  }

  Paths List(const std::string& path, size_t most = 1000) {
    Paths found;
    status = origin->List(path, [&](const OriginFile& file) {
      found.push_back(file.path);
      return found.size() < most;
    });
    return found;
  }
  // Folders with a slash at the end.
  std::multiset<std::string> Children(const std::string& path) {
    std::multiset<std::string> found;
    status = origin->Children(
        path, [&](const OriginFile& file) { return found.insert(file.path) != found.end(); },
        [&](const std::string& folder) { return found.insert(folder + "/") != found.end(); });
    return found;
  }

  std::map<std::string, FakeOrigin*> at;
  std::unique_ptr<MountedOrigin> origin;
  absl::Status status;
};

}  // namespace

TEST_CASE("of the mounts that have a path the longest counts", "[origin]") {
  Mounted m({"/", "/a/b", "/a"});
  m.at["/"]->Put("/a/b/f", "root");
  m.at["/a"]->Put("/a/b/f", "outer");
  m.at["/a/b"]->Put("/a/b/f", "innermost");
  m.at["/a"]->Put("/a/bc", "namesake");
  CHECK(m.origin->Stat("/a/b/f").value().length == 9);
  CHECK(m.origin->Stat("/a/bc").value().length == 8);
  std::string bytes(9, '\0');
  REQUIRE(m.origin->Read(ContentOf(*m.origin->Stat("/a/b/f")), 0, 9, bytes.data()).ok());
  CHECK(bytes == "innermost");
  CHECK(absl::IsNotFound(m.origin->Stat("/other").status()));
  CHECK(absl::IsInvalidArgument(m.origin->Stat("a").status()));
}

TEST_CASE("a path in no mount is not there, a folder above mounts is", "[origin]") {
  Mounted m({"/lake/raw", "/lake/s3"});
  m.at["/lake/raw"]->Put("/lake/raw/f", "1");
  m.at["/lake/s3"]->Put("/lake/s3/g/h", "1");
  CHECK(absl::IsNotFound(m.origin->Stat("/elsewhere/f").status()));
  CHECK(absl::IsNotFound(m.origin->Read({"/elsewhere/f", 1, 1}, 0, 1, nullptr)));
  CHECK(absl::IsInvalidArgument(m.origin->Stat("/lake").status()));
  CHECK(absl::IsInvalidArgument(m.origin->Stat("/").status()));
  CHECK(m.List("/") == Paths{"/lake/raw/f", "/lake/s3/g/h"});
  CHECK(m.status.ok());
  CHECK(m.List("/lake/s3") == Paths{"/lake/s3/g/h"});
  CHECK(m.List("/elsewhere").empty());
  CHECK(absl::IsNotFound(m.status));
  CHECK(m.Children("/") == std::multiset<std::string>{"/lake/"});
  CHECK(m.Children("/lake") == std::multiset<std::string>{"/lake/raw/", "/lake/s3/"});
  CHECK(m.Children("/lake/s3") == std::multiset<std::string>{"/lake/s3/g/"});
  CHECK(m.Children("/elsewhere").empty());
  CHECK(absl::IsNotFound(m.status));
}

TEST_CASE("a listing through mounts follows the byte order of whole paths and hides what is below a mount",
          "[origin]") {
  Mounted m({"/", "/a/b", "/a/b/c"});
  for (const char* path : {"/A", "/a/a", "/a/b.x", "/a/b/hidden", "/a/b0", "/z"}) m.at["/"]->Put(path, "1");
  for (const char* path : {"/a/b/1", "/a/b/c/hidden", "/a/b/d"}) m.at["/a/b"]->Put(path, "1");
  m.at["/a/b/c"]->Put("/a/b/c/2", "1");
  // '.' < '/' < '0'.
  CHECK(m.List("/") == Paths{"/A", "/a/a", "/a/b.x", "/a/b/1", "/a/b/c/2", "/a/b/d", "/a/b0", "/z"});
  CHECK(m.status.ok());
  CHECK(m.List("/a/b") == Paths{"/a/b/1", "/a/b/c/2", "/a/b/d"});
  for (size_t most = 1; most < 8; ++most) CHECK(m.List("/", most).size() == most);
}

TEST_CASE("a mount hides a file or folder of its name", "[origin]") {
  Mounted m({"/", "/a/b"});
  m.at["/"]->Put("/a/b", "a file where the mount is");
  m.at["/"]->Put("/a/c", "1");
  m.at["/a/b"]->Put("/a/b/f", "1");
  CHECK(m.Children("/a") == std::multiset<std::string>{"/a/b/", "/a/c"});
  CHECK(m.Children("/") == std::multiset<std::string>{"/a/"});
  CHECK(m.List("/a") == Paths{"/a/b/f", "/a/c"});
  CHECK(absl::IsInvalidArgument(m.origin->Stat("/a").status()));
}

TEST_CASE("a mount that fails is told, and hides nothing of the others", "[origin]") {
  Mounted m({"/", "/s3", "/web"});
  m.at["/"]->Put("/f", "1");
  m.at["/web"]->Put("/web/g", "1");
  m.at["/s3"]->Fail(Unavailable("S3 is away"));
  CHECK(m.List("/") == Paths{"/f", "/web/g"});
  CHECK(MessageOf(m.status) == "S3 is away");
  CHECK(m.origin->Stat("/web/g").ok());
  CHECK(absl::IsUnavailable(m.origin->Stat("/s3/x").status()));
  m.at["/"]->Fail(Unavailable("the folder is away"));
  CHECK(m.List("/") == Paths{"/web/g"});
  CHECK(MessageOf(m.status) == "the folder is away");
  CHECK(m.Children("/") == std::multiset<std::string>{"/s3/", "/web/"});
  CHECK(MessageOf(m.status) == "the folder is away");
}

TEST_CASE("an empty mount around others is no problem", "[origin]") {
  Mounted m({"/", "/a"});
  m.at["/a"]->Put("/a/f", "1");
  CHECK(m.List("/") == Paths{"/a/f"});
  CHECK(m.status.ok());
  CHECK(m.Children("/") == std::multiset<std::string>{"/a/"});
  CHECK(m.status.ok());
}
