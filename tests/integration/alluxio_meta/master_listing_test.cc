// What the client makes of a master's listings.
#include <atomic>
#include <catch2/catch.hpp>

#include "alluxio_meta/alluxio/master_client.h"
#include "common/status.h"
#include "tests/integration/alluxio_meta/master_client_fixture.h"
#include "tests/integration/alluxio_meta/tiny_master.h"

using namespace locus::meta;
using absl::StatusCode;
using locus::MessageOf;

namespace {

std::vector<std::string> Names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back("/d/" + std::to_string(1000 + i));
  return names;
}

struct Listed {
  absl::Status status;
  std::vector<MasterPage> pages;
};

Listed List(MasterClient& client, const std::string& path) {
  Listed listed;
  listed.status = client.List(path, [&](MasterPage page) {
    listed.pages.push_back(std::move(page));
    return true;
  });
  return listed;
}

}  // namespace

TEST_CASE("a folder comes page by page, each entry once", "[alluxio]") {
  TinyMaster master;
  AnswerPages(master, Names(25));
  MasterOptions options = OptionsFor({master.address()});
  options.page_size = 10;
  const Listed listed = List(*ClientOf(options), "/d");
  CHECK(listed.status.ok());
  REQUIRE(listed.pages.size() == 3);
  CHECK(listed.pages[2].files.size() == 5);
  CHECK(PathsIn(listed.pages) == Names(25));
}

TEST_CASE("an empty folder is one empty page", "[alluxio]") {
  TinyMaster master;
  AnswerPages(master, {});
  const Listed listed = List(*ClientOf(master), "/d");
  CHECK(listed.status.ok());
  REQUIRE(listed.pages.size() == 1);
  CHECK(listed.pages[0].files.empty());
  CHECK(listed.pages[0].term == 1);
}

TEST_CASE("a listing ends when the reader has enough", "[alluxio]") {
  TinyMaster master;
  AnswerPages(master, Names(25));
  MasterOptions options = OptionsFor({master.address()});
  options.page_size = 10;
  const auto client = ClientOf(options);
  int pages = 0;
  CHECK(client->List("/d", [&](const MasterPage&) { return ++pages < 2; }).ok());
  CHECK(pages == 2);
  CHECK(CallsOf(client->Stats(), MasterMethod::kListStatusPartial) == 2);
}

TEST_CASE("a page beyond the limit on messages is asked again in halves", "[alluxio]") {
  TinyMaster master;
  AnswerPages(master, Names(60), 1000);
  MasterOptions options = OptionsFor({master.address()});
  options.page_size = 40;
  options.max_message_bytes = 12'000;
  const auto client = ClientOf(options);
  const Listed listed = List(*client, "/d");
  CHECK(listed.status.ok());
  CHECK(PathsIn(listed.pages) == Names(60));
  // 40 and 20 entries of a good 1,000 bytes do not fit, 10 do; and that is remembered.
  CHECK(client->Stats().halved_pages == 2);
  CHECK(listed.pages.size() == 6);
  CHECK(List(*client, "/d").pages.size() == 6);
  CHECK(client->Stats().halved_pages == 2);
  CHECK(master.Challenges().size() == 1);
}

TEST_CASE("one file beyond the limit is told, with where it is", "[alluxio]") {
  TinyMaster master;
  AnswerPages(master, Names(3), 20'000);
  MasterOptions options = OptionsFor({master.address()});
  options.max_message_bytes = 12'000;
  const Listed listed = List(*ClientOf(options), "/d");
  CHECK(listed.status.code() == StatusCode::kResourceExhausted);
  CHECK(MessageOf(listed.status).find("of /d alone") != std::string::npos);
  CHECK(listed.pages.empty());
}

TEST_CASE("another term in the middle of a listing ends it", "[alluxio]") {
  TinyMaster master;
  AnswerPages(master, Names(25));
  MasterOptions options = OptionsFor({master.address()});
  options.page_size = 10;
  const auto client = ClientOf(options);
  int pages = 0;
  const absl::Status status = client->List("/d", [&](const MasterPage& page) {
    CHECK(page.term == 1);
    ++pages;
    master.start_ms = 2;
    master.ForgetIds();
    return true;
  });
  CHECK(status.code() == StatusCode::kUnavailable);
  CHECK(pages == 1);
}

TEST_CASE("a new channel id in the middle of a listing does not", "[alluxio]") {
  TinyMaster master;
  AnswerPages(master, Names(25));
  MasterOptions options = OptionsFor({master.address()});
  options.page_size = 10;
  const auto client = ClientOf(options);
  std::vector<MasterPage> pages;
  const absl::Status status = client->List("/d", [&](MasterPage page) {
    pages.push_back(std::move(page));
    master.ForgetIds();
    return true;
  });
  CHECK(status.ok());
  CHECK(PathsIn(pages) == Names(25));
  CHECK(master.Challenges().size() == 3);
}

TEST_CASE("a master that says 'more' and gives none is not believed to be at the end", "[alluxio]") {
  TinyMaster master;
  std::atomic<bool> repeat{false};
  master.on_page = [&](grpc::ServerContext*, const auto&, alx::file::ListStatusPartialResponse* response) {
    response->set_is_truncated(true);
    if (repeat) FillFile(response->add_file_infos(), "/d/a", 1);
    return grpc::Status::OK;
  };
  const auto client = ClientOf(master);
  CHECK(List(*client, "/d").status.code() == StatusCode::kUnavailable);
  repeat = true;
  const Listed listed = List(*client, "/d");
  CHECK(listed.status.code() == StatusCode::kUnavailable);
  CHECK(listed.pages.size() == 1);
}

TEST_CASE("a master without pages is read as a stream, and that is remembered", "[alluxio]") {
  TinyMaster master;
  master.on_stream = [](grpc::ServerContext*, grpc::ServerWriter<alx::file::ListStatusResponse>* writer) {
    for (const char* path : {"/d/a", "/d/b"}) {
      alx::file::ListStatusResponse response;
      FillFile(response.add_file_infos(), path, path[3]);
      writer->Write(response);
    }
    return grpc::Status::OK;
  };
  const auto client = ClientOf(master);
  for (int i = 0; i < 2; ++i) {
    const Listed listed = List(*client, "/d");
    CHECK(listed.status.ok());
    CHECK(PathsIn(listed.pages) == std::vector<std::string>{"/d/a", "/d/b"});
  }
  CHECK(CallsOf(client->Stats(), MasterMethod::kListStatusPartial, grpc::UNIMPLEMENTED) == 1);
  CHECK(CallsOf(client->Stats(), MasterMethod::kListStatus) == 2);
  int pages = 0;
  CHECK(client->List("/d", [&](const MasterPage&) { return ++pages < 1; }).ok());
  CHECK(pages == 1);
}

TEST_CASE("a stream that breaks after its first page is not begun again", "[alluxio]") {
  TinyMaster master;
  master.on_stream = [](grpc::ServerContext*, grpc::ServerWriter<alx::file::ListStatusResponse>* writer) {
    alx::file::ListStatusResponse response;
    FillFile(response.add_file_infos(), "/d/a", 1);
    writer->Write(response);
    return grpc::Status(grpc::UNAVAILABLE, "away");
  };
  const auto client = ClientOf(master);
  const Listed listed = List(*client, "/d");
  CHECK(listed.status.code() == StatusCode::kUnavailable);
  CHECK(listed.pages.size() == 1);
}

TEST_CASE("a file's status is a page with that file, a folder's is refused", "[alluxio]") {
  TinyMaster master;
  master.on_status = [](grpc::ServerContext*, const alx::file::GetStatusRequest& request,
                        alx::file::GetStatusResponse* response) {
    if (request.path() == "/none") return grpc::Status(grpc::NOT_FOUND, "Path \"/none\" does not exist.");
    FillFile(response->mutable_file_info(), request.path(), 4);
    response->mutable_file_info()->set_folder(request.path() == "/folder");
    response->mutable_file_info()->set_completed(request.path() != "/open");
    return grpc::Status::OK;
  };
  const auto client = ClientOf(master);
  const auto page = client->Status("/d/a");
  REQUIRE(page.ok());
  REQUIRE(page->files.size() == 1);
  CHECK(page->files[0].fact.path == "/d/a");
  CHECK(page->files[0].fact.id == 4);
  CHECK(client->Status("/open")->unfinished == 1);
  CHECK(client->Status("/folder").status().code() == StatusCode::kFailedPrecondition);
  const absl::Status missing = client->Status("/none").status();
  CHECK(missing.code() == StatusCode::kNotFound);
  CHECK(MessageOf(missing) == "Alluxio master " + master.address() + ": GetStatus: Path \"/none\" does not exist.");
}

TEST_CASE("a path that is not canonical never reaches the master", "[alluxio]") {
  TinyMaster master;
  const auto client = ClientOf(master);
  CHECK(client->Status("a/b").status().code() == StatusCode::kInvalidArgument);
  CHECK(List(*client, "/a/../b").status.code() == StatusCode::kInvalidArgument);
  CHECK(client->Stats().connects == 0);
}

TEST_CASE("a master without worker reports, or with other fields, is asked for its list", "[alluxio]") {
  for (const auto code : {grpc::UNIMPLEMENTED, grpc::INTERNAL}) {
    TinyMaster master;
    master.on_report = [&](grpc::ServerContext*, const auto&, auto*) { return grpc::Status(code, "no"); };
    master.on_workers = [](grpc::ServerContext*, const auto&, alx::block::GetWorkerInfoListResponse* response) {
      response->add_worker_infos()->mutable_address()->set_host("w");
      response->mutable_worker_infos(0)->mutable_address()->set_data_port(1);
      return grpc::Status::OK;
    };
    const auto client = ClientOf(master);
    for (int i = 0; i < 2; ++i) {
      const auto workers = client->Workers();
      REQUIRE(workers.ok());
      CHECK(workers->workers.size() == 1);
    }
    CHECK(CallsOf(client->Stats(), MasterMethod::kGetWorkerInfoList) == 2);
    // Only what cannot change is remembered.
    CHECK(CallsOf(client->Stats(), MasterMethod::kGetWorkerReport, code) == (code == grpc::INTERNAL ? 2 : 1));
    CHECK(master.Challenges().size() == 1);
  }
}

TEST_CASE("the mount table is asked for without sizes", "[alluxio]") {
  TinyMaster master;
  master.on_mounts = [](grpc::ServerContext*, const alx::file::GetMountTableRequest& request,
                        alx::file::GetMountTableResponse* response) {
    if (!request.has_check_ufs() || request.check_ufs()) return grpc::Status(grpc::INTERNAL, "slow");
    (*response->mutable_mount_points())["/"].set_ufs_uri("/tmp/ufs");
    return grpc::Status::OK;
  };
  const auto mounts = ClientOf(master)->Mounts();
  REQUIRE(mounts.ok());
  CHECK(mounts->term == 1);
  REQUIRE(mounts->mounts.size() == 1);
  CHECK(mounts->mounts[0].ufs_uri == "file:///tmp/ufs");
}
