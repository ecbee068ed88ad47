#include "locusctl/spark/java_properties.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

using Properties = std::map<std::string, std::string>;

}  // namespace

// The forms that the documentation of java.util.Properties.load lists.
TEST_CASE("properties are read as Java reads them", "[locusctl]") {
  CHECK(ParseProperties("Truth = Beauty\n Truth:Beauty\nTruth                    :Beauty\n") ==
        Properties{{"Truth", "Beauty"}});
  CHECK(ParseProperties("fruits                           apple, banana, pear, \\\n"
                        "                                  cantaloupe, watermelon, \\\r\n"
                        "                                  kiwi, mango") ==
        Properties{{"fruits", "apple, banana, pear, cantaloupe, watermelon, kiwi, mango"}});
  CHECK(ParseProperties("cheeses\n") == Properties{{"cheeses", ""}});
  CHECK(ParseProperties("# a comment \\\n! another\n\n  \nx=1") == Properties{{"x", "1"}});
  CHECK(ParseProperties("a\\ b\\:c\\=d=e\\tf\\\\") == Properties{{"a b:c=d", "e\tf\\"}});
  CHECK(ParseProperties("u=\\u00e9\\u20AC\\uD83D\\uDE00\\u12") == Properties{{"u", "é€😀\\u12"}});
  CHECK(ParseProperties("a==b") == Properties{{"a", "=b"}});
}

TEST_CASE("values are trimmed as Spark does, and the last of a name counts", "[locusctl]") {
  CHECK(ParseProperties("spark.x   1  \t\nspark.x 2 ") == Properties{{"spark.x", "2"}});
  CHECK(ParseProperties("").empty());
}

TEST_CASE("a line is escaped where it would be read otherwise", "[locusctl]") {
  CHECK(PropertyLine("spark.x", "-Da=$(HOST_IP) -Db=\"c d\", e") == "spark.x=-Da=$(HOST_IP) -Db=\"c d\", e");
  CHECK(PropertyLine("a b", "C:\\x") == "a\\ b=C:\\\\x");
  CHECK(PropertyLine("#a", "=b\nc") == "\\#a=\\=b\\nc");
  CHECK(PropertyLine("spark.kubernetes.executor.annotation.locus.dev/inputs", "alluxio:///a,/b") ==
        "spark.kubernetes.executor.annotation.locus.dev/inputs=alluxio:///a,/b");
}

TEST_CASE("what is written is read back", "[locusctl]") {
  for (const std::string value : {"a", "=", ":x", "#x", "a\\", "\\\\n", "a\tb\nc", "$(HOST_IP)", "é", "'a' \"b\""}) {
    for (const std::string name : {"spark.a", "a=b", "a:b c", "!x", "x\\"}) {
      CHECK(ParseProperties(PropertyLine(name, value) + "\nz=1") == Properties{{name, value}, {"z", "1"}});
    }
  }
}
