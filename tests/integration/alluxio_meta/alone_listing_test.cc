// What Alluxio's clients are told of files by a front without a master.
#include <catch2/catch.hpp>
#include <thread>

#include "kube/objects.h"
#include "proto/alluxio/block_master.grpc.pb.h"
#include "tests/integration/alluxio_meta/running_alone.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;
using ::alluxio::grpc::file::FileInfo;
namespace file = ::alluxio::grpc::file;
namespace block = ::alluxio::grpc::block;

namespace {

constexpr char kFiles[] = "/alluxio.grpc.file.FileSystemMasterClientService/";

std::vector<std::string> Paths(const std::vector<FileInfo>& entries) {
  std::vector<std::string> paths;
  for (const FileInfo& entry : entries) paths.push_back(entry.path() + (entry.folder() ? "/" : ""));
  return paths;
}

std::vector<std::string> List(FrontClient& client, const std::string& path) {
  std::vector<FileInfo> entries;
  const grpc::Status status = client.List(path, &entries);
  INFO(status.error_message());
  REQUIRE(status.ok());
  return Paths(entries);
}

// "host" of each location of each block.
std::vector<std::string> Hosts(const FileInfo& info) {
  std::vector<std::string> hosts;
  for (const auto& one : info.file_block_infos()) {
    for (const auto& location : one.block_info().locations()) hosts.push_back(location.worker_address().host());
  }
  return hosts;
}

// Every page of two entries.
std::vector<std::string> Pages(FrontClient& client, file::ListStatusPartialRequest request,
                               void (*go_on)(const FileInfo&, file::ListStatusPartialOptions*)) {
  std::vector<FileInfo> all;
  request.mutable_options()->set_batch_size(2);
  for (int page = 0; page < 10; ++page) {
    grpc::ClientContext context;
    client.session().Sign(context);
    file::ListStatusPartialResponse response;
    REQUIRE(client.files().ListStatusPartial(&context, request, &response).ok());
    CHECK(response.file_infos_size() <= 2);
    for (const FileInfo& info : response.file_infos()) all.push_back(info);
    if (!response.is_truncated()) break;
    go_on(all.back(), request.mutable_options());
  }
  return Paths(all);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("folders, files and paths that are not there are told apart", "[front]") {
  RunningAlone front;
  front.store.Put(WireFact(1, "/lake/t/b", 10, 4));
  front.store.Put(WireFact(2, "/lake/t/a", 0, 4));
  front.store.Put(WireFact(3, "/lake/t/sub/c", 3, 4));
  const auto worker = front.Worker("10.0.0.1");
  const auto client = front.Client();
  CHECK(List(*client, "/") == Texts{"/lake/"});
  CHECK(List(*client, "/lake/t") == Texts{"/lake/t/a", "/lake/t/b", "/lake/t/sub/"});
  CHECK(List(*client, "/lake/t/b") == Texts{"/lake/t/b"});
  FileInfo info;
  REQUIRE(client->GetStatus("/lake/t", false, &info).ok());
  CHECK(info.folder());
  CHECK(info.path() == "/lake/t");
  REQUIRE(client->GetStatus("/lake/t/b", true, &info).ok());
  CHECK_FALSE(info.folder());
  CHECK(info.length() == 10);
  CHECK(info.block_ids_size() == 3);
  REQUIRE(client->GetStatus("/", false, &info).ok());
  CHECK(info.folder());
  const grpc::Status missing = client->GetStatus("/lake/x", false, &info);
  CHECK(missing.error_code() == grpc::NOT_FOUND);
  CHECK(missing.error_message() == "Path \"/lake/x\" does not exist.");
  std::vector<FileInfo> none;
  CHECK(client->List("/lake/x", &none).error_code() == grpc::NOT_FOUND);
  CHECK(client->GetStatus("lake", false, &info).error_code() == grpc::INVALID_ARGUMENT);
  REQUIRE(client->GetStatus("alluxio://front:19998/lake/t/", false, &info).ok());
  CHECK(info.path() == "/lake/t");
  for (const char* path : {"/lake", "/lake/t/a", "/nothing"}) {
    file::ExistsRequest request;
    request.set_path(path);
    file::ExistsResponse response;
    REQUIRE(CallByName(front.channel, &client->session(), std::string(kFiles) + "Exists", request, &response).ok());
    CHECK(response.exists() == (std::string(path) != "/nothing"));
  }
}

TEST_CASE("a recursive listing has every folder before what is in it", "[front]") {
  RunningAlone front;
  for (const char* path : {"/t/a/x/1", "/t/a-b/2", "/t/a.c", "/t/z"}) front.store.Put(WireFact(7, path, 1, 1));
  const auto worker = front.Worker("10.0.0.1");
  const auto client = front.Client();
  grpc::ClientContext context;
  client->session().Sign(context);
  file::ListStatusRequest request;
  request.set_path("/t");
  request.mutable_options()->set_recursive(true);
  const auto reader = client->files().ListStatus(&context, request);
  std::vector<FileInfo> entries;
  for (file::ListStatusResponse response; reader->Read(&response);) {
    for (const FileInfo& info : response.file_infos()) entries.push_back(info);
  }
  REQUIRE(reader->Finish().ok());
  CHECK(Paths(entries) == Texts{"/t/a/", "/t/a/x/", "/t/a/x/1", "/t/a-b/", "/t/a-b/2", "/t/a.c", "/t/z"});
}

TEST_CASE("a folder of many files comes complete and in order, in several messages", "[front]") {
  RunningAlone front;
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    expected.push_back("/many/" + std::to_string(10000 + i));
    front.store.Put(WireFact(static_cast<uint64_t>(i + 1), expected.back(), 8, 4));
  }
  const auto worker = front.Worker("10.0.0.1");
  const auto client = front.Client();
  CHECK(List(*client, "/many") == expected);
}

TEST_CASE("pages go on by name, by id and by number", "[front]") {
  RunningAlone front;
  for (int i = 0; i < 5; ++i) front.store.Put(WireFact(static_cast<uint64_t>(i + 1), "/p/" + std::to_string(i), 1, 1));
  front.store.Put(WireFact(9, "/p/sub/x", 1, 1));
  const auto worker = front.Worker("10.0.0.1");
  const auto client = front.Client();
  const Texts expected = {"/p/0", "/p/1", "/p/2", "/p/3", "/p/4", "/p/sub/"};
  file::ListStatusPartialRequest request;
  request.set_path("/p");
  CHECK(Pages(*client, request, [](const FileInfo& last, file::ListStatusPartialOptions* options) {
          options->set_start_after(last.path());
        }) == expected);
  CHECK(Pages(*client, request, [](const FileInfo& last, file::ListStatusPartialOptions* options) {
          options->set_start_after(last.name());
        }) == expected);
  CHECK(Pages(*client, request, [](const FileInfo& last, file::ListStatusPartialOptions* options) {
          options->set_offset_id(last.file_id());
        }) == expected);
  CHECK(Pages(*client, request, [](const FileInfo&, file::ListStatusPartialOptions* options) {
          options->set_offset_count(options->offset_count() + 2);
        }) == expected);
  request.mutable_options()->set_prefix("/s");
  CHECK(Pages(*client, request, [](const FileInfo&, file::ListStatusPartialOptions*) {}) == Texts{"/p/sub/"});
  request.mutable_options()->clear_prefix();
  request.mutable_options()->set_offset_id(12345);
  grpc::ClientContext context;
  client->session().Sign(context);
  file::ListStatusPartialResponse response;
  CHECK(client->files().ListStatusPartial(&context, request, &response).error_code() == grpc::NOT_FOUND);
}

TEST_CASE("blocks are located as soon as a worker tells of them, asked for as an input or not", "[front]") {
  RunningAlone front;
  const auto fact = WireFact(0x77'0000'0005, "/t/f", 10, 4);
  front.store.Put(fact);
  const auto one = front.Worker("10.0.0.1");
  const auto two = front.Worker("10.0.0.2");
  const auto client = front.Client();
  FileInfo info;
  REQUIRE(client->GetStatus("/t/f", true, &info).ok());
  CHECK(Hosts(info).empty());
  CHECK(info.in_alluxio_percentage() == 0);
  one->Change({fact}, {{fact.file_id(), 0, v1::TIER_SSD}});
  two->Change({fact}, {{fact.file_id(), 0, v1::TIER_MEM}, {fact.file_id(), 2, v1::TIER_MEM}});
  CHECK(Eventually([&] {
    REQUIRE(client->GetStatus("/t/f", true, &info).ok());
    return Hosts(info) == Texts{"10.0.0.2", "10.0.0.1", "10.0.0.2"};
  }));
  CHECK(info.in_alluxio_percentage() == 60);
  std::vector<FileInfo> entries;
  REQUIRE(client->List("/t", &entries).ok());
  CHECK(Hosts(entries.at(0)) == Hosts(info));

  block::GetBlockInfoRequest request;
  request.set_block_id(info.block_ids(2));
  block::GetBlockInfoResponse response;
  const std::string method = "/alluxio.grpc.block.BlockMasterClientService/GetBlockInfo";
  REQUIRE(CallByName(front.channel, &client->session(), method, request, &response).ok());
  CHECK(response.block_info().length() == 2);
  CHECK(response.block_info().locations_size() == 1);
  request.set_block_id(info.block_ids(2) + 1);
  CHECK(CallByName(front.channel, &client->session(), method, request, &response).error_code() ==
        grpc::INVALID_ARGUMENT);

  two->Kill();
  CHECK(Eventually([&] {
    front.clock.Advance(1s);
    one->Beat(0.1);
    REQUIRE(client->GetStatus("/t/f", true, &info).ok());
    return Hosts(info) == Texts{"10.0.0.1"};
  }));
}

TEST_CASE("a listing is never older than a second, and shared until then", "[front]") {
  RunningAlone front;
  front.store.Put(WireFact(1, "/t/a", 1, 1));
  const auto worker = front.Worker("10.0.0.1");
  const auto client = front.Client();
  CHECK(List(*client, "/t") == Texts{"/t/a"});
  CHECK(List(*client, "/t") == Texts{"/t/a"});
  FileInfo info;
  // The folder's listing tells of its files.
  CHECK(client->GetStatus("/t/a", true, &info).ok());
  CHECK(worker->asked() == Texts{"/t"});
  front.store.Put(WireFact(2, "/t/b", 1, 1));
  front.store.Put(WireFact(3, "/t/a", 5, 1, 2));
  front.clock.Advance(1s);
  CHECK(List(*client, "/t") == Texts{"/t/a", "/t/b"});
  CHECK(worker->asked() == Texts{"/t", "/t"});
  REQUIRE(client->GetStatus("/t/a", true, &info).ok());
  CHECK(info.length() == 5);
  const std::string text = front.meta.metrics.Render();
  CHECK(text.find("locus_meta_listing_questions_total{from=\"asked\"} 2") != std::string::npos);
  CHECK(text.find("locus_meta_listing_questions_total{from=\"kept\"} 3") != std::string::npos);
}

TEST_CASE("a worker that fails or is silent is replaced by another", "[front]") {
  RunningAlone front;
  front.store.Put(WireFact(1, "/t/a", 1, 1));
  const auto bad = front.Worker("10.0.0.1", GENERATE(FakeWorker::Lists::kFails, FakeWorker::Lists::kSilent));
  const auto good = front.Worker("10.0.0.2");
  const auto client = front.Client();
  for (int i = 0; i < 3; ++i) {
    Texts listed;
    std::thread asks([&] { listed = List(*client, "/t"); });
    // A silent one is waited for.
    if (Eventually([&] { return bad->asked().size() + good->asked().size() > 0; })) front.clock.Advance(10s);
    good->Beat(0.1);
    bad->Beat(0.1);
    asks.join();
    CHECK(listed == Texts{"/t/a"});
  }
}

TEST_CASE("what the workers cannot list, and no worker at all, are told apart", "[front]") {
  RunningAlone front;
  const auto client = front.Client();
  std::vector<FileInfo> none;
  const grpc::Status nobody = client->List("/t", &none);
  // Alluxio's clients ask again.
  CHECK(nobody.error_code() == grpc::UNAVAILABLE);
  CHECK(nobody.error_message().find("no worker is connected") != std::string::npos);
  const auto worker = front.Worker("10.0.0.1", FakeWorker::Lists::kFails);
  const grpc::Status fails = client->List("/t", &none);
  // And here they do not.
  CHECK(fails.error_code() == grpc::INTERNAL);
  CHECK(fails.error_message() == "/t: the disk is away");
}

TEST_CASE("an application sees its executors where workers are, but not in files that it opens", "[front]") {
  RunningAlone front;
  const auto fact = WireFact(5, "/t/f", 4, 4);
  front.store.Put(fact);
  const auto worker = front.Worker("10.0.0.1");
  worker->Change({fact}, {{5, 0, v1::TIER_MEM}});
  kube::Pod pod;
  pod.space = "default";
  pod.name = "exec-1";
  pod.node = "node-of-10.0.0.1";
  pod.ips = {"10.9.0.1"};
  pod.host_ip = "10.0.0.1";
  pod.labels = {{"spark-app-selector", "app"}, {"spark-role", "executor"}, {"spark-exec-id", "1"}};
  pod.spark_driver_host = "127.0.0.1";
  front.applications.Begin();
  front.applications.Page({pod});
  front.applications.End();
  const auto client = front.Client();
  std::vector<FileInfo> entries;
  CHECK(Eventually([&] {
    entries.clear();
    REQUIRE(client->List("/t", &entries).ok());
    return Hosts(entries.at(0)) == Texts{"10.9.0.1"};
  }));
  CHECK(entries[0].file_block_infos(0).block_info().locations(0).worker_address().container_host() == "10.0.0.1");
  FileInfo info;
  REQUIRE(client->GetStatus("/t/f", true, &info).ok());
  CHECK(Hosts(info) == Texts{"10.0.0.1"});
  CHECK(front.book.CallersOf({"default", "app"}).size() == 1);
}

TEST_CASE("a caller is known by the name that its session has dialled, for as long as it lasts", "[front]") {
  RunningAlone front;
  const auto fact = WireFact(5, "/t/f", 4, 4);
  front.store.Put(fact);
  const auto worker = front.Worker("10.0.0.1");
  worker->Change({fact}, {{5, 0, v1::TIER_MEM}});
  kube::Pod pod;
  pod.space = "default";
  pod.name = "exec-1";
  pod.node = "node-of-10.0.0.1";
  pod.ips = {"10.9.0.1"};
  pod.host_ip = "10.0.0.1";
  pod.labels = {{"spark-app-selector", "app"}, {"spark-role", "executor"}, {"spark-exec-id", "1"}};
  pod.annotations = {{"locus.dev/front-name", "jobs-a"}};
  front.applications.Begin();
  front.applications.Page({pod});
  front.applications.End();
  FrontClient named(front.channel, "22222222-2222-4222-8222-222222222222",
                    "GrpcChannelKey{ServerAddress=GrpcServerAddress{HostName=jobs-a.locus.svc, SocketAddress=x}}");
  REQUIRE(named.Authenticate().ok());
  const auto other = front.Client();
  std::vector<FileInfo> entries;
  CHECK(Eventually([&] {
    entries.clear();
    REQUIRE(named.List("/t", &entries).ok());
    return Hosts(entries.at(0)) == Texts{"10.9.0.1"};
  }));
  entries.clear();
  REQUIRE(other->List("/t", &entries).ok());
  CHECK(Hosts(entries.at(0)) == Texts{"10.0.0.1"});
}
