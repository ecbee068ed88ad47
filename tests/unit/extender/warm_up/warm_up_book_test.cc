#include "extender/warm_up/warm_up_book.h"

#include <catch2/catch.hpp>
#include <set>

using namespace locus;
using namespace locus::extender;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

SteadyTime At(int second) { return SteadyTime() + seconds(second); }

std::vector<GroupKey> Keys(const std::vector<PlacedGroup>& groups) {
  std::vector<GroupKey> keys;
  for (const PlacedGroup& group : groups) keys.push_back(group.key);
  return keys;
}

using Groups = std::vector<GroupKey>;

}  // namespace

TEST_CASE("a group is due when none of its pods has been placed for a while", "[warm_up]") {
  WarmUpBook book(seconds(5), 10);
  book.Placed({"a", nullptr, nullptr}, At(0));
  book.Placed({"b", nullptr, nullptr}, At(1));
  book.Placed({"a", nullptr, nullptr}, At(3));
  CHECK(book.Due(At(5)).empty());
  CHECK(Keys(book.Due(At(6))) == Groups{"b"});
  CHECK(Keys(book.Due(At(7))) == Groups{"b"});
  CHECK(Keys(book.Due(At(8))) == Groups{"b", "a"});
}

TEST_CASE("a group that always grows is due after ten times as long", "[warm_up]") {
  WarmUpBook book(seconds(5), 10);
  for (int second = 0; second < 60; second += 4) {
    if (second < 50) CHECK(book.Due(At(second)).empty());
    book.Placed({"a", nullptr, nullptr}, At(second));
  }
  CHECK(book.Due(At(49)).empty());
  CHECK(Keys(book.Due(At(50))) == Groups{"a"});
}

TEST_CASE("a group is judged once, however many pods come later", "[warm_up]") {
  WarmUpBook book(seconds(5), 10);
  auto texts = std::make_shared<const OwnedAnnotations>();
  book.Placed({"a", texts, texts}, At(0));
  REQUIRE(book.Due(At(5)).size() == 1);
  CHECK_FALSE(book.Closed("a"));
  book.Close("a");
  CHECK(book.Closed("a"));
  CHECK(book.Placed({"a", texts, texts}, At(6)));
  CHECK(book.Due(At(1000)).empty());
  // Neither are its texts kept.
  CHECK(texts.use_count() == 1);
}

TEST_CASE("a group of which nothing can be said is tried again, for a minute", "[warm_up]") {
  WarmUpBook book(seconds(5), 10);
  book.Placed({"a", nullptr, nullptr}, At(0));
  CHECK(book.Postpone("a", At(5)));
  CHECK(book.Due(At(5)).empty());
  CHECK(book.Due(At(6)).size() == 1);
  // A late pod does not put it off.
  book.Placed({"a", nullptr, nullptr}, At(5));
  CHECK(book.Due(At(6)).size() == 1);
  CHECK(book.Postpone("a", At(64)));
  CHECK_FALSE(book.Postpone("a", At(65)));
  CHECK(book.Closed("a"));
  CHECK_FALSE(book.Postpone("a", At(66)));
  CHECK_FALSE(book.Postpone("nobody", At(66)));
}

TEST_CASE("a group whose pods are gone is forgotten, and its name may come again", "[warm_up]") {
  WarmUpBook book(seconds(5), 10);
  book.Placed({"a", nullptr, nullptr}, At(0));
  book.Close("a");
  book.Forget("a");
  book.Forget("nobody");
  CHECK(book.size() == 0);
  book.Placed({"a", nullptr, nullptr}, At(10));
  CHECK(Keys(book.Due(At(15))) == Groups{"a"});
  book.Forget("a");
  CHECK(book.Due(At(15)).empty());
}

TEST_CASE("only so many groups are known", "[warm_up]") {
  WarmUpBook book(seconds(5), 2);
  CHECK(book.Placed({"a", nullptr, nullptr}, At(0)));
  CHECK(book.Placed({"b", nullptr, nullptr}, At(0)));
  CHECK_FALSE(book.Placed({"c", nullptr, nullptr}, At(0)));
  CHECK(book.Placed({"a", nullptr, nullptr}, At(1)));
  book.Forget("b");
  CHECK(book.Placed({"c", nullptr, nullptr}, At(2)));
}

TEST_CASE("known groups have their turn to be looked after", "[warm_up]") {
  WarmUpBook book(seconds(5), 10);
  CHECK(book.Some(3).empty());
  for (const char* key : {"a", "b", "c", "d", "e"}) book.Placed({key, nullptr, nullptr}, At(0));
  CHECK(book.Some(2) == Groups{"a", "b"});
  CHECK(book.Some(2) == Groups{"c", "d"});
  CHECK(book.Some(2) == Groups{"e", "a"});
  book.Forget("b");
  CHECK(book.Some(100) == Groups{"c", "d", "e", "a"});
}
