// The S3 origin, libcurl included, against a scripted server.
#include "cache_worker/origin/s3_origin.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/integration/cache_worker/http_under_test.h"

using namespace locus;
using namespace locus::worker;

namespace {

std::string ErrorXml(const std::string& code, const std::string& more = "") {
  return "<Error><Code>" + code + "</Code><Message>m</Message>" + more + "</Error>";
}

std::string ObjectXml(const std::string& encoded_key, size_t size, const std::string& tag = "v1") {
  return "<Contents><Key>" + encoded_key + "</Key><LastModified>1994-11-06T08:49:37.123Z</LastModified><ETag>&quot;" +
         tag + "&quot;</ETag><Size>" + std::to_string(size) + "</Size></Contents>";
}

std::string PageXml(const std::string& inside, const std::string& next = "") {
  return "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>" +
         std::string(next.empty() ? "false" : "true") + "</IsTruncated>" +
         (next.empty() ? "" : "<NextContinuationToken>" + next + "</NextContinuationToken>") + inside +
         "</ListBucketResult>";
}

bool Asks(const SeenRequest& request, const std::string& part) {
  return request.target.find(part) != std::string::npos;
}

ScriptedAnswer Headless(ScriptedAnswer answer) {
  answer.bytes.resize(answer.bytes.find("\r\n\r\n") + 4);
  return answer;
}

// The bucket's part below "tables/", shown at /lake.
struct Setting : TestClient {
  explicit Setting(ScriptedServer::Handler handler) : server(std::move(handler)) {
    S3Options options;
    options.mount = "/lake";
    options.address = S3AddressOf(server.url(), "us-east-1", "bucket", true).value();
    options.bucket = "bucket";
    options.region = "us-east-1";
    options.prefix = "tables/";
    options.page_size = 2;
    origin = std::make_unique<S3Origin>(
        options, Make(server.url()), [this] { return absl::StatusOr<std::optional<S3Credentials>>(credentials); },
        clock);
  }
  std::vector<std::string> List(const std::string& path) {
    std::vector<std::string> found;
    status = origin->List(path, [&](const OriginFile& file) {
      found.push_back(file.path);
      return true;
    });
    return found;
  }

  std::optional<S3Credentials> credentials = S3Credentials{"AKID", "secret", "token"};
  absl::Status status;
  ScriptedServer server;
  std::unique_ptr<S3Origin> origin;
};

}  // namespace

TEST_CASE("a key is asked for with a signature of now", "[origin]") {
  Setting s([](const SeenRequest& request, int) { return ServeFile(request, "12345"); });
  const auto file = s.origin->Stat("/lake/a b/c");
  REQUIRE(file.ok());
  CHECK(*file == OriginFile{"/lake/a b/c", 5, 784111777LL * 1'000'000'000, VersionOfTag("v1")});
  std::string bytes(3, '\0');
  CHECK(s.origin->Read(ContentOf(*file), 1, 3, bytes.data()).ok());
  CHECK(bytes == "234");
  const std::vector<SeenRequest> seen = s.server.seen();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].method == "HEAD");
  CHECK(seen[0].target == "/bucket/tables/a%20b/c");
  CHECK(seen[1].Header("range") == "bytes=1-3");
  CHECK(seen[1].Header("x-amz-security-token") == "token");
  CHECK(seen[1].Header("host") == "127.0.0.1:" + std::to_string(s.server.port()));
  CHECK(seen[1].Header("authorization").find("/us-east-1/s3/aws4_request") != std::string::npos);
  CHECK(seen[1]
            .Header("authorization")
            .find("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;"
                  "x-amz-security-token") != std::string::npos);
}

TEST_CASE("new credentials count at the next request, and none sign nothing", "[origin]") {
  Setting s([](const SeenRequest& request, int) { return ServeFile(request, "12345"); });
  CHECK(s.origin->Stat("/lake/f").ok());
  s.credentials->access_key = "OTHER";
  CHECK(s.origin->Stat("/lake/f").ok());
  s.credentials.reset();
  CHECK(s.origin->Stat("/lake/f").ok());
  const std::vector<SeenRequest> seen = s.server.seen();
  CHECK(seen[0].Header("authorization").find("Credential=AKID/") != std::string::npos);
  CHECK(seen[1].Header("authorization").find("Credential=OTHER/") != std::string::npos);
  CHECK(seen[2].Header("authorization").empty());
}

TEST_CASE("a listing goes through its pages and leaves out what is no path", "[origin]") {
  Setting s([](const SeenRequest& request, int) {
    if (request.method == "HEAD") return Headless(Reply(404));
    if (!Asks(request, "continuation-token")) {
      return Reply(200, {}, PageXml(ObjectXml("tables/", 0) + ObjectXml("tables/a+b%2Bc", 5), "to/1="));
    }
    if (Asks(request, "continuation-token=to%2F1%3D")) {
      return Reply(200, {}, PageXml(ObjectXml("tables/d//e", 5) + ObjectXml("tables/d/", 0), "t2"));
    }
    return Reply(200, {},
                 PageXml(ObjectXml("tables/d/../e", 5) + ObjectXml("tables/d/f", 7) + ObjectXml("tables/%FF", 5)));
  });
  CHECK(s.List("/lake") == std::vector<std::string>{"/lake/a b+c", "/lake/d/f"});
  CHECK(s.status.ok());
  CHECK(s.origin->skipped_entries() == 5);
  CHECK(s.server.seen()[0].target == "/bucket/?encoding-type=url&list-type=2&max-keys=2&prefix=tables%2F");
}

TEST_CASE("listing and head name the same content", "[origin]") {
  Setting s([](const SeenRequest& request, int) {
    if (Asks(request, "list-type")) return Reply(200, {}, PageXml(ObjectXml("tables/f", 5)));
    return ServeFile(request, "12345");
  });
  std::vector<OriginFile> listed;
  CHECK(s.origin
            ->List("/lake",
                   [&](const OriginFile& file) {
                     listed.push_back(file);
                     return true;
                   })
            .ok());
  REQUIRE(listed.size() == 1);
  CHECK(FileIdOf(listed[0]) == FileIdOf(s.origin->Stat("/lake/f").value()));
}

TEST_CASE("children are keys and prefixes up to the next slash", "[origin]") {
  Setting s([](const SeenRequest&, int) {
    return Reply(200, {},
                 PageXml(ObjectXml("tables/d/", 0) + ObjectXml("tables/d/f", 5) +
                         "<CommonPrefixes><Prefix>tables/d/sub/</Prefix></CommonPrefixes>"
                         "<CommonPrefixes><Prefix>tables/d//</Prefix></CommonPrefixes>"
                         "<CommonPrefixes><Prefix></Prefix></CommonPrefixes>"));
  });
  std::set<std::string> files, folders;
  CHECK(s.origin
            ->Children(
                "/lake/d", [&](const OriginFile& file) { return files.insert(file.path).second; },
                [&](const std::string& path) { return folders.insert(path).second; })
            .ok());
  CHECK(files == std::set<std::string>{"/lake/d/f"});
  CHECK(folders == std::set<std::string>{"/lake/d/sub"});
  CHECK(Asks(s.server.seen()[0], "delimiter=%2F&"));
  CHECK(Asks(s.server.seen()[0], "prefix=tables%2Fd%2F"));
}

TEST_CASE("a file, a folder, both and none are told apart", "[origin]") {
  Setting s([](const SeenRequest& request, int) {
    const bool listing = Asks(request, "list-type");
    if (!listing && (Asks(request, "/file") || Asks(request, "/both"))) return ServeFile(request, "12345");
    if (!listing) return Headless(Reply(404));
    if (Asks(request, "folder%2F")) return Reply(200, {}, PageXml(ObjectXml("tables/folder/x", 1)));
    if (Asks(request, "both%2F")) return Reply(200, {}, PageXml(ObjectXml("tables/both/x", 1)));
    return Reply(200, {}, PageXml(""));
  });
  CHECK(s.origin->Stat("/lake/file").ok());
  CHECK(absl::IsInvalidArgument(s.origin->Stat("/lake/folder").status()));
  CHECK(absl::IsInvalidArgument(s.origin->Stat("/lake").status()));
  CHECK(absl::IsNotFound(s.origin->Stat("/lake/none").status()));
  CHECK(s.List("/lake/file") == std::vector<std::string>{"/lake/file"});
  CHECK(s.List("/lake/both") == std::vector<std::string>{"/lake/both", "/lake/both/x"});
  CHECK(s.List("/lake/none").empty());
  CHECK(absl::IsNotFound(s.status));
  // An empty bucket is an empty folder.
  CHECK(s.List("/lake").empty());
  CHECK(s.status.ok());
}

TEST_CASE("a head's refusal is explained by a get", "[origin]") {
  Setting s([](const SeenRequest& request, int) {
    if (request.method == "HEAD") return Headless(Reply(400));
    return Reply(400, {}, ErrorXml("AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"));
  });
  const absl::Status status = s.origin->Stat("/lake/f").status();
  CHECK(absl::IsUnavailable(status));
  CHECK(Has(status, "region 'eu-central-1'"));
}

TEST_CASE("wrong credentials and a missing bucket never look like a missing file", "[origin]") {
  for (const auto& [code, http] : std::map<std::string, int>{
           {"InvalidAccessKeyId", 403}, {"SignatureDoesNotMatch", 403}, {"AccessDenied", 403}, {"NoSuchBucket", 404}}) {
    INFO(code);
    Setting s([&](const SeenRequest& request, int) {
      return request.method == "HEAD" ? Headless(Reply(http)) : Reply(http, {}, ErrorXml(code));
    });
    CHECK(absl::IsUnavailable(s.origin->Stat("/lake/f").status()));
    CHECK(s.List("/lake").empty());
    CHECK(absl::IsUnavailable(s.status));
    char byte = 0;
    CHECK(absl::IsUnavailable(s.origin->Read({"/lake/f", 5, 1}, 0, 1, &byte)));
  }
  // Some web server, where an S3 server should be.
  Setting other([](const SeenRequest& request, int) {
    return request.method == "HEAD" ? Headless(Reply(404)) : Reply(404, {}, "<html>none</html>");
  });
  CHECK(Has(other.origin->Stat("/lake/f").status(), "check endpoint"));
}

TEST_CASE("an object that is replaced or removed is told as a change", "[origin]") {
  enum class Now { kOld, kReplaced, kShorter, kGone };
  std::atomic<Now> now{Now::kOld};
  Setting s([&](const SeenRequest& request, int) {
    if (now == Now::kGone) return Reply(404, {}, ErrorXml("NoSuchKey"));
    return ServeFile(request, now == Now::kShorter ? "1" : "12345", now == Now::kOld ? "v1" : "v2");
  });
  const Content content = ContentOf(s.origin->Stat("/lake/f").value());
  char to[5];
  CHECK(s.origin->Read(content, 0, 5, to).ok());
  now = Now::kReplaced;
  CHECK(absl::IsAborted(s.origin->Read(content, 0, 5, to)));
  now = Now::kShorter;
  CHECK(absl::IsAborted(s.origin->Read(content, 3, 2, to)));
  now = Now::kGone;
  CHECK(absl::IsAborted(s.origin->Read(content, 0, 5, to)));
}

TEST_CASE("a listing that is none, or goes in circles, is an error", "[origin]") {
  Setting none([](const SeenRequest&, int) { return Reply(200, {}, "<html>hello</html>"); });
  CHECK(none.List("/lake").empty());
  CHECK(absl::IsUnavailable(none.status));
  Setting circle([](const SeenRequest&, int) { return Reply(200, {}, PageXml(ObjectXml("tables/f", 1), "same")); });
  circle.List("/lake");
  CHECK(Has(circle.status, "same page"));
}

TEST_CASE("a listing that fails on its way is told after what came", "[origin]") {
  Setting s([](const SeenRequest& request, int) {
    if (Asks(request, "continuation-token")) return Reply(503, {}, ErrorXml("SlowDown"));
    return Reply(200, {}, PageXml(ObjectXml("tables/f", 1), "t"));
  });
  CHECK(s.List("/lake") == std::vector<std::string>{"/lake/f"});
  CHECK(Has(s.status, "SlowDown"));
  CHECK(s.stats.retries == 2);
}
