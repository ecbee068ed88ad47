#include "common/tls_files.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>

#include "common/file_keeper.h"
#include "common/status.h"
#include "tests/support/certificates.h"
#include "tests/unit/common/eventually.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

struct Files {
  explicit Files(const CertificateAndKey& pair, const std::string& authorities = "") : folder(FreshFolder("tls")) {
    Put(pair);
    paths = {folder + "/tls.crt", folder + "/tls.key", ""};
    if (authorities.empty()) return;
    paths.authorities = folder + "/ca.crt";
    PutFile(paths.authorities, authorities);
  }
  void Put(const CertificateAndKey& pair) const {
    PutFile(folder + "/tls.crt", pair.certificate);
    PutFile(folder + "/tls.key", pair.key);
  }

  std::string folder;
  TlsPaths paths;
};

bool Shows(const Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.Render()).find("\n" + line + "\n") != std::string::npos;
}

// The text of the refusal, which must name `file`.
std::string Refusal(const TlsPaths& paths, const std::string& file) {
  const auto material = ReadTlsMaterial(paths);
  REQUIRE(!material.ok());
  const std::string text = MessageOf(material.status());
  CHECK(text.find(file) != std::string::npos);
  return text;
}

}  // namespace

TEST_CASE("certificate files: each that is of no use is named with what to do") {
  TestAuthority authority;
  const Files files(authority.Issue(), authority.certificate());
  CHECK(ReadTlsMaterial(files.paths).ok());

  TlsPaths paths = files.paths;
  paths.certificate = files.folder + "/absent.crt";
  CHECK(Refusal(paths, "absent.crt").find("No such file") != std::string::npos);
  CHECK(ReadTlsMaterial(paths).status().code() == absl::StatusCode::kNotFound);

  PutFile(files.folder + "/empty", "");
  paths.certificate = files.folder + "/empty";
  CHECK(Refusal(paths, "/empty").find("no certificate in PEM") != std::string::npos);

  PutFile(files.folder + "/cut", authority.certificate().substr(0, 200));
  paths = files.paths;
  paths.authorities = files.folder + "/cut";
  CHECK(Refusal(paths, "/cut").find("no certificate in PEM") != std::string::npos);

  PutFile(files.folder + "/other.key", authority.Issue().key);
  paths = files.paths;
  paths.key = files.folder + "/other.key";
  CHECK(Refusal(paths, "other.key").find("is not the key of the first certificate") != std::string::npos);

  paths.key = files.paths.certificate;
  CHECK(Refusal(paths, "tls.crt").find("no private key") != std::string::npos);

  PutFile(files.folder + "/huge", std::string((1 << 20) + 1, 'x'));
  paths = files.paths;
  paths.authorities = files.folder + "/huge";
  CHECK(Refusal(paths, "/huge").find("longer than 1048576 bytes") != std::string::npos);

  paths.authorities = files.folder;
  CHECK(Refusal(paths, files.folder).find("directory") != std::string::npos);
}

TEST_CASE("certificate files: a chain ends with the first of its certificates") {
  TestAuthority authority;
  CertificateWishes brief;
  brief.ends = 2h;
  const CertificateAndKey leaf = authority.Issue();
  const Files files({leaf.certificate + authority.Issue(brief).certificate, leaf.key});
  const auto material = ReadTlsMaterial(files.paths);
  REQUIRE(material.ok());
  const auto left = *material->ends - SystemClock().WallNow();
  CHECK(left > 2h - 1min);
  CHECK(left <= 2h);
}

TEST_CASE("certificate files: changed ones are taken into use, and their end is told to Prometheus") {
  TestAuthority authority;
  const Files files(authority.Issue());
  Metrics metrics;
  const SystemClock clock;
  const auto opened = TlsFiles::Open("listen", files.paths, clock, metrics);
  REQUIRE(opened.ok());
  TlsFiles& tls = **opened;
  int told = 0;
  std::string last;
  tls.OnChange([&](const TlsMaterial& material) {
    ++told;
    last = material.certificate;
  });
  CHECK(told == 1);
  tls.Look();
  CHECK(told == 1);

  const CertificateAndKey renewed = authority.Issue();
  files.Put(renewed);
  tls.Look();
  CHECK(told == 2);
  CHECK(last == renewed.certificate);
  CHECK(tls.Current()->key == renewed.key);
  CHECK(Shows(metrics, "locus_tls_reloads_total{use=\"listen\"} 1"));
  CHECK(metrics.Render().find("locus_tls_certificate_expiry_timestamp_seconds{use=\"listen\"} ") != std::string::npos);
}

TEST_CASE("certificate files: a broken one leaves the earlier in use, and is counted once") {
  TestAuthority authority;
  const CertificateAndKey first = authority.Issue();
  const Files files(first);
  Metrics metrics;
  const SystemClock clock;
  const auto opened = TlsFiles::Open("listen", files.paths, clock, metrics);
  REQUIRE(opened.ok());
  TlsFiles& tls = **opened;

  // A certificate whose key has not arrived yet: no problem until it stays so.
  const CertificateAndKey second = authority.Issue();
  PutFile(files.paths.certificate, second.certificate);
  tls.Look();
  CHECK(Shows(metrics, "locus_tls_reload_failures_total{use=\"listen\"} 0"));
  CHECK(tls.Current()->certificate == first.certificate);
  for (int i = 0; i < 3; ++i) tls.Look();
  CHECK(Shows(metrics, "locus_tls_reload_failures_total{use=\"listen\"} 1"));
  CHECK(Shows(metrics, "locus_tls_files_broken{use=\"listen\"} 1"));
  CHECK(tls.Current()->certificate == first.certificate);

  PutFile(files.paths.key, second.key);
  tls.Look();
  CHECK(tls.Current()->certificate == second.certificate);
  CHECK(Shows(metrics, "locus_tls_files_broken{use=\"listen\"} 0"));

  std::filesystem::remove(files.paths.key);
  for (int i = 0; i < 3; ++i) tls.Look();
  CHECK(tls.Current()->key == second.key);
  CHECK(Shows(metrics, "locus_tls_reload_failures_total{use=\"listen\"} 2"));
}

TEST_CASE("certificate files: those that kubelet exchanges by a symbolic link are seen by themselves") {
  TestAuthority authority;
  const std::string folder = FreshFolder("volume");
  const auto put = [&](const std::string& name, const CertificateAndKey& pair) {
    std::filesystem::create_directories(folder + "/" + name);
    PutFile(folder + "/" + name + "/tls.crt", pair.certificate);
    PutFile(folder + "/" + name + "/tls.key", pair.key);
    std::filesystem::create_directory_symlink(name, folder + "/..data_tmp");
    std::filesystem::rename(folder + "/..data_tmp", folder + "/..data");
  };
  put("..1", authority.Issue());
  std::filesystem::create_symlink("..data/tls.crt", folder + "/tls.crt");
  std::filesystem::create_symlink("..data/tls.key", folder + "/tls.key");
  Metrics metrics;
  const SystemClock clock;
  const auto opened = TlsFiles::Open("listen", {folder + "/tls.crt", folder + "/tls.key", ""}, clock, metrics);
  REQUIRE(opened.ok());
  FileKeeper keeper(5ms);
  keeper.Add([tls = *opened] { tls->Look(); });
  const CertificateAndKey renewed = authority.Issue();
  put("..2", renewed);
  CHECK(Eventually([&] { return (*opened)->Current()->certificate == renewed.certificate; }));
  CHECK(Shows(metrics, "locus_tls_reload_failures_total{use=\"listen\"} 0"));
}

TEST_CASE("a file keeper that is stopped looks no more, and one that has nothing to look at stops as well") {
  std::atomic<int> looks{0};
  FileKeeper keeper(1ms);
  keeper.Add([&looks] { ++looks; });
  CHECK(Eventually([&] { return looks > 2; }));
  keeper.Stop();
  const int then = looks;
  keeper.Add([&looks] { ++looks; });
  CHECK(looks == then);
  FileKeeper idle;
  idle.Stop();
}
