#include "alluxio_meta/listings/question_book.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "common/status.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

ListingQuestion Folder(const std::string& path) { return {path, ListingKind::kFolder}; }

FileFact Fact(const std::string& path, uint64_t id = 1) { return {id, path, 10, 4, 0}; }

// Workers 1, 2, 3.
struct Book {
  explicit Book(ListingLimits limits = {}, int workers = 3) : book(limits) {
    for (int i = 1; i <= workers; ++i) book.Opened(static_cast<uint64_t>(i));
  }
  // The one order that is due.
  QuestionBook::Order Only() {
    const auto orders = book.Plan(now);
    REQUIRE(orders.size() == 1);
    return orders[0];
  }
  void Answer(const QuestionBook::Order& order, std::vector<FileFact> files, std::vector<std::string> folders = {}) {
    book.Part(order.stream, {order.request, std::move(files), std::move(folders), true, false, ""}, now);
  }
  void Refuse(const QuestionBook::Order& order, const std::string& problem) {
    book.Part(order.stream, {order.request, {}, {}, true, false, problem}, now);
  }
  QuestionBook::Ended End() {
    auto ended = book.TakeEnded();
    REQUIRE(ended.size() == 1);
    QuestionBook::Tidy(ended[0].question, &ended[0].listing);
    return std::move(ended[0]);
  }

  SteadyTime now{1h};
  QuestionBook book;
};

std::vector<std::string> Paths(const std::vector<FileFact>& files) {
  std::vector<std::string> paths;
  for (const FileFact& file : files) paths.push_back(file.path);
  return paths;
}

}  // namespace

TEST_CASE("a folder is asked at one worker, and told in order", "[listings]") {
  Book b;
  CHECK(b.book.Ask(Folder("/d"), 7, 42, b.now));
  const auto order = b.Only();
  CHECK(order.path == "/d");
  CHECK(order.shallow);
  CHECK(order.limit == 1'000'001);
  // Which the requests of the catalog's own listings never are.
  CHECK(order.request >= uint64_t{1} << 63);
  b.book.Part(order.stream, {order.request, {Fact("/d/b")}, {"/d/z", "/d/y"}, false, false, ""}, b.now);
  CHECK(b.book.TakeEnded().empty());
  b.Answer(order, {Fact("/d/a")}, {"/d/z"});
  const auto ended = b.End();
  CHECK(ended.status.ok());
  CHECK(ended.tickets == std::vector<uint64_t>{7});
  CHECK(ended.listing.listing == 42);
  CHECK(ended.listing.found);
  CHECK_FALSE(ended.listing.is_file);
  CHECK(Paths(ended.listing.files) == std::vector<std::string>{"/d/a", "/d/b"});
  CHECK(ended.listing.folders == std::vector<std::string>{"/d/y", "/d/z"});
  CHECK(b.book.under_way() == 0);
}

TEST_CASE("equal questions share an answer while it is young, and different ones do not", "[listings]") {
  Book b({.ttl = 1s});
  CHECK(b.book.Ask(Folder("/d"), 1, 0, b.now));
  CHECK_FALSE(b.book.Ask(Folder("/d"), 2, 0, b.now + 999ms));
  CHECK(b.book.Ask({"/d", ListingKind::kLook}, 3, 0, b.now));
  CHECK(b.book.Ask(Folder("/e"), 4, 0, b.now));
  // What was asked a second ago may miss what was written since.
  CHECK(b.book.Ask(Folder("/d"), 5, 0, b.now + 1s));
  CHECK_FALSE(b.book.Ask(Folder("/d"), 6, 0, b.now + 1500ms));
  CHECK(b.book.under_way() == 4);
  for (const auto& order : b.book.Plan(b.now)) b.Answer(order, {});
  std::vector<std::vector<uint64_t>> tickets;
  for (const auto& ended : b.book.TakeEnded()) tickets.push_back(ended.tickets);
  std::sort(tickets.begin(), tickets.end());
  CHECK(tickets == std::vector<std::vector<uint64_t>>{{1, 2}, {3}, {4}, {5, 6}});
}

TEST_CASE("with no ttl everybody asks for himself", "[listings]") {
  Book b({.ttl = 0s});
  CHECK(b.book.Ask(Folder("/d"), 1, 0, b.now));
  CHECK(b.book.Ask(Folder("/d"), 2, 0, b.now));
}

TEST_CASE("questions go to the workers in turn, a few at each, and the others wait", "[listings]") {
  Book b({.max_at_worker = 2});
  for (uint64_t i = 0; i < 8; ++i) b.book.Ask(Folder("/d" + std::to_string(i)), i, 0, b.now);
  const auto orders = b.book.Plan(b.now);
  std::map<uint64_t, int> at;
  for (const auto& order : orders) ++at[order.stream];
  CHECK(at == std::map<uint64_t, int>{{1, 2}, {2, 2}, {3, 2}});
  CHECK(b.book.Plan(b.now).empty());
  b.Answer(orders[0], {});
  CHECK(b.Only().stream == orders[0].stream);
}

TEST_CASE("a worker that fails, goes away or stays silent is replaced by another", "[listings]") {
  Book b({.silence = 10s, .max_attempts = 3});
  b.book.Ask(Folder("/d"), 1, 9, b.now);
  const auto first = b.Only();
  // What it has told so far is of no use.
  b.book.Part(first.stream, {first.request, {Fact("/d/old")}, {}, false, false, ""}, b.now);
  SECTION("fails") { b.Refuse(first, "the disk is away"); }
  SECTION("goes away") { b.book.Closed(first.stream); }
  SECTION("stays silent") {
    b.now += 10s - 1ns;
    b.book.Expire(b.now);
    CHECK(b.book.Plan(b.now).empty());
    b.now += 1ns;
    b.book.Expire(b.now);
  }
  const auto second = b.Only();
  CHECK(second.stream != first.stream);
  CHECK(second.request != first.request);
  CHECK(b.book.retries() == 1);
  b.Answer(second, {Fact("/d/new")});
  const auto ended = b.End();
  CHECK(Paths(ended.listing.files) == std::vector<std::string>{"/d/new"});
  CHECK(ended.listing.listing == 9);
}

TEST_CASE("a silent worker is left alone for a while, unless it is the only one", "[listings]") {
  Book b({.silence = 1s, .avoid = 30s}, 2);
  b.book.Ask(Folder("/d"), 1, 0, b.now);
  const uint64_t silent = b.Only().stream;
  b.now += 1s;
  b.book.Expire(b.now);
  const auto other = b.Only();
  b.Answer(other, {});
  for (uint64_t i = 0; i < 4; ++i) {
    b.book.Ask(Folder("/e" + std::to_string(i)), i, 0, b.now);
    const auto order = b.Only();
    CHECK(order.stream == other.stream);
    b.Answer(order, {});
  }
  b.book.Closed(other.stream);
  b.book.Ask(Folder("/f"), 1, 0, b.now);
  CHECK(b.Only().stream == silent);
}

TEST_CASE("a late answer of a silent worker is nobody's, and frees its place", "[listings]") {
  Book b({.silence = 1s, .avoid = 0s, .max_attempts = 5, .max_at_worker = 1}, 1);
  b.book.Ask(Folder("/d"), 1, 0, b.now);
  const auto order = b.Only();
  b.now += 1s;
  b.book.Expire(b.now);
  CHECK(b.book.Plan(b.now).empty());
  CHECK(b.End().status.code() == absl::StatusCode::kUnavailable);
  b.book.Ask(Folder("/e"), 2, 0, b.now);
  CHECK(b.book.Plan(b.now).empty());
  CHECK_FALSE(b.book.Part(order.stream, {order.request, {}, {}, true, false, ""}, b.now));
  CHECK(b.Only().path == "/e");
}

TEST_CASE("when no worker can answer, the caller hears why", "[listings]") {
  SECTION("none is connected") {
    Book b({}, 0);
    b.book.Ask(Folder("/d"), 1, 0, b.now);
    CHECK(b.book.Plan(b.now).empty());
    const auto ended = b.End();
    CHECK(ended.status.code() == absl::StatusCode::kUnavailable);
    CHECK(MessageOf(ended.status).find("no worker is connected") != std::string::npos);
  }
  SECTION("all have failed") {
    Book b({.max_attempts = 3}, 2);
    b.book.Ask(Folder("/d"), 1, 0, b.now);
    b.Refuse(b.Only(), "access denied");
    b.Refuse(b.Only(), "access denied");
    CHECK(b.book.Plan(b.now).empty());
    const auto ended = b.End();
    // Not one that Alluxio's clients would answer by asking for two minutes.
    CHECK(ended.status == absl::InternalError("access denied"));
  }
  SECTION("as many as may be tried have failed") {
    Book b({.max_attempts = 2});
    b.book.Ask(Folder("/d"), 1, 0, b.now);
    b.Refuse(b.Only(), "x");
    b.Refuse(b.Only(), "y");
    CHECK(b.End().status == absl::InternalError("y"));
  }
  SECTION("there is more than may be") {
    Book b({.max_entries = 3});
    b.book.Ask(Folder("/d"), 1, 0, b.now);
    const auto order = b.Only();
    CHECK(order.limit == 4);
    b.book.Part(order.stream, {order.request, {Fact("/d/1"), Fact("/d/2")}, {"/d/3", "/d/4"}, false, false, ""}, b.now);
    const auto ended = b.End();
    CHECK(ended.status.code() == absl::StatusCode::kResourceExhausted);
    CHECK(MessageOf(ended.status).find("front.listing_limit") != std::string::npos);
  }
}

TEST_CASE("a path that is not there is an answer", "[listings]") {
  Book b;
  b.book.Ask(Folder("/d"), 1, 0, b.now);
  const auto order = b.Only();
  b.book.Part(order.stream, {order.request, {}, {}, true, true, ""}, b.now);
  const auto ended = b.End();
  CHECK(ended.status.ok());
  CHECK_FALSE(ended.listing.found);
}

TEST_CASE("a look needs one entry, and takes a cut for what it is", "[listings]") {
  Book b;
  b.book.Ask({"/d", ListingKind::kLook}, 1, 0, b.now);
  auto order = b.Only();
  CHECK(order.limit == 1);
  CHECK(order.shallow);
  b.book.Part(order.stream, {order.request, {Fact("/d/x")}, {}, true, false, "cut at the limit of 1 files"}, b.now);
  auto ended = b.End();
  CHECK(ended.status.ok());
  CHECK(ended.listing.found);
  CHECK_FALSE(ended.listing.is_file);
  CHECK(ended.listing.files.empty());

  b.book.Ask({"/d/x", ListingKind::kLook}, 1, 0, b.now);
  b.Answer(b.Only(), {Fact("/d/x")});
  ended = b.End();
  CHECK(ended.listing.is_file);
  CHECK(Paths(ended.listing.files) == std::vector<std::string>{"/d/x"});
}

TEST_CASE("an empty folder is there", "[listings]") {
  Book b;
  b.book.Ask({"/d", ListingKind::kLook}, 1, 0, b.now);
  b.Answer(b.Only(), {});
  CHECK(b.End().listing.found);
}

TEST_CASE("a tree has the folders on the way to its files, each before what is below it", "[listings]") {
  Book b;
  b.book.Ask({"/t", ListingKind::kTree}, 1, 0, b.now);
  const auto order = b.Only();
  CHECK_FALSE(order.shallow);
  // '-' and '.' are below '/' in bytes.
  b.Answer(order, {Fact("/t/a/x/2"), Fact("/t/a-b/1"), Fact("/t/a/x/1"), Fact("/t/a.c"), Fact("/t/a/y")});
  const auto ended = b.End();
  CHECK(Paths(ended.listing.files) == std::vector<std::string>{"/t/a/x/1", "/t/a/x/2", "/t/a/y", "/t/a-b/1", "/t/a.c"});
  CHECK(ended.listing.folders == std::vector<std::string>{"/t/a", "/t/a/x", "/t/a-b"});
}

TEST_CASE("the tree of the root has no entry for the root", "[listings]") {
  Book b;
  b.book.Ask({"/", ListingKind::kTree}, 1, 0, b.now);
  b.Answer(b.Only(), {Fact("/a/b/c"), Fact("/d")});
  CHECK(b.End().listing.folders == std::vector<std::string>{"/a", "/a/b"});
}

TEST_CASE("of a path that is file and folder the file is shown", "[listings]") {
  Book b;
  b.book.Ask(Folder("/d"), 1, 0, b.now);
  b.Answer(b.Only(), {Fact("/d/a")}, {"/d/a", "/d/b"});
  const auto ended = b.End();
  CHECK(Paths(ended.listing.files) == std::vector<std::string>{"/d/a"});
  CHECK(ended.listing.folders == std::vector<std::string>{"/d/b"});
}

TEST_CASE("entries that make no sense are left out and counted", "[listings]") {
  Book b;
  b.book.Ask(Folder("/d"), 1, 0, b.now);
  FileFact no_blocks = Fact("/d/n");
  no_blocks.block_bytes = 0;
  b.Answer(b.Only(), {Fact("/e/x"), Fact("/d/x/y"), Fact("/d//z"), Fact("/d/ok"), no_blocks}, {"/d", "/e", "/d/f"});
  const auto ended = b.End();
  CHECK(Paths(ended.listing.files) == std::vector<std::string>{"/d/ok"});
  CHECK(ended.listing.folders == std::vector<std::string>{"/d/f"});
  CHECK(b.book.malformed() == 6);
}

TEST_CASE("another worker's word on a question counts for nothing", "[listings]") {
  Book b;
  b.book.Ask(Folder("/d"), 1, 0, b.now);
  const auto order = b.Only();
  CHECK_FALSE(b.book.Part(order.stream % 3 + 1, {order.request, {}, {}, true, false, ""}, b.now));
  CHECK(b.book.TakeEnded().empty());
}
