// A catalog with an Alluxio master, whose mirror and agents a test plays.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alluxio_meta/catalog/catalog.h"
#include "common/testing/fake_clock.h"

namespace locus::meta {

using namespace std::chrono_literals;

// Remembers what it was asked.
class FakeMirror final : public WorkerLink {
 public:
  void AskListing(uint64_t request, const std::string& path, uint32_t) override { asked.emplace_back(request, path); }
  void Cut() override { cut = true; }
  std::vector<std::pair<uint64_t, std::string>> asked;
  bool cut = false;
};

// One file of 100 bytes in blocks of 10 at /t/f; copies as (block, host, tier).
struct Copy {
  uint32_t block;
  std::string host;
  Tier tier;
};

struct MasterFixture {
  MasterFixture() {
    options.source = Source::kBoth;
    options.run = 42;
    options.workers.by_master = true;
    options.workers.lost_after = 10s;
    options.interest.fast = 1s;
    options.interest.fast_for = 30s;
    options.interest.max_attempts = 1;
    Restart();
  }
  void Restart() {
    catalog.emplace(options, MountTable(), clock);
    mirror = std::make_shared<FakeMirror>();
    catalog->SetMirror(mirror);
  }

  static HolderAddress Address(const std::string& host) { return {host, "", 29999}; }
  void Workers(MasterTerm term, const std::vector<std::string>& hosts) {
    MasterWorkers said;
    said.term = term;
    for (const std::string& host : hosts) {
      MasterWorker worker;
      worker.address = Address(host);
      worker.start_ms = 1;
      said.workers.push_back(worker);
    }
    catalog->MasterWorkersSaid(said);
  }
  // An agent beside the worker on `host`, whose snapshot is these blocks of file 1.
  uint64_t Agent(const std::string& host, const std::vector<BlockChange>& blocks) {
    WorkerHello hello;
    hello.address = Address(host);
    hello.node = "node-" + host;
    hello.of_alluxio = true;
    agent = std::make_shared<FakeMirror>();
    const uint64_t stream = catalog->OpenStream(hello, agent).value();
    CHECK(catalog->Apply(stream, {}, blocks).ok());
    CHECK(catalog->EndSnapshot(stream).ok());
    return stream;
  }
  static MasterFile File(const std::vector<Copy>& copies, MasterPage* page, FileFact fact = {1, "/t/f", 100, 10, 1}) {
    MasterFile file;
    file.fact = std::move(fact);
    for (const Copy& copy : copies) {
      const auto at = std::find(page->workers.begin(), page->workers.end(), Address(copy.host));
      file.replicas.push_back({copy.block, static_cast<uint32_t>(at - page->workers.begin()), copy.tier});
      if (at == page->workers.end()) page->workers.push_back(Address(copy.host));
    }
    return file;
  }
  // Answers the newest question.
  void Answer(MasterTerm term, const std::vector<Copy>& copies) {
    REQUIRE_FALSE(mirror->asked.empty());
    MasterPage page;
    page.term = term;
    page.files.push_back(File(copies, &page));
    const uint64_t request = mirror->asked.back().first;
    const bool wanted = catalog->Page(request, page);
    catalog->Listed(request, wanted ? absl::OkStatus() : absl::UnavailableError("changed"), 1ms);
  }
  void Fail(const absl::Status& status) {
    REQUIRE_FALSE(mirror->asked.empty());
    catalog->Listed(mirror->asked.back().first, status, 1ms);
  }

  InputPicture Ask(const std::string& input = "/t") {
    const Target target = catalog->Parse(input);
    return catalog->Ask(std::span(&target, 1), Duration(0)).second[0];
  }
  // Bytes of /t on the host's worker, all tiers.
  uint64_t On(const std::string& host) {
    for (const HolderPicture& h : Ask().holders) {
      if (h.address.host == host) return h.bytes[0] + h.bytes[1] + h.bytes[2];
    }
    return 0;
  }
  // Time passes, with the master's word each second.
  void Pass(Duration d, MasterTerm term, const std::vector<std::string>& hosts) {
    for (; d > 0s; d -= 1s) {
      clock.Advance(std::min<Duration>(d, 1s));
      Workers(term, hosts);
      catalog->Tick();
    }
  }
  void Silence(Duration d) {
    clock.Advance(d);
    catalog->Tick();
  }
  const WorkerPicture& WorkerOn(const std::string& host) {
    shown = catalog->Workers();
    for (const WorkerPicture& w : shown) {
      if (w.worker.address.host == host) return w;
    }
    FAIL("no worker on " << host);
    return shown.front();
  }

  FakeClock clock;
  CatalogOptions options;
  std::optional<Catalog> catalog;
  std::shared_ptr<FakeMirror> mirror;
  std::shared_ptr<FakeMirror> agent;
  std::vector<WorkerPicture> shown;
};

inline constexpr BlockChange kBlock0 = {1, 0, Tier::kMem, true};

}  // namespace locus::meta
