#include "locusctl/spark/submit_arguments.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::ctl;

namespace {

using Words = std::vector<std::string>;

SubmitArguments Parsed(const Words& words) {
  const absl::StatusOr<SubmitArguments> arguments = ParseSubmitArguments(words);
  INFO(arguments.status());
  REQUIRE(arguments.ok());
  return *arguments;
}

Setting Conf(const char* name, const char* value) { return {name, value, "", Layer::kPods, false, {}}; }

}  // namespace

TEST_CASE("options are read up to the application's file", "[locusctl]") {
  const SubmitArguments arguments =
      Parsed({"--master", "k8s://a", "-c", "spark.a=1", "--conf=spark.b=2=3", "-v", "job.py", "--conf", "mine=1"});
  CHECK(ValueOf(arguments, "--master") == "k8s://a");
  const GivenValues given = GivenBy(arguments);
  CHECK(given.at("spark.a").value == "1");
  CHECK(given.at("spark.b").value == "2=3");
  CHECK(given.at("spark.master").value == "k8s://a");
  CHECK_FALSE(given.contains("mine"));
}

TEST_CASE("an option of its own wins over the property, the last over the first", "[locusctl]") {
  const GivenValues given = GivenBy(Parsed({"--num-executors", "3", "--conf", "spark.executor.instances=5", "--conf",
                                            "spark.x=1", "--conf", "spark.x=2", "--driver-java-options", "-Da=b c"}));
  CHECK(given.at("spark.executor.instances").value == "3");
  CHECK(given.at("spark.executor.instances").where == "--num-executors");
  CHECK(given.at("spark.x").value == "2");
  CHECK(given.at("spark.driver.extraJavaOptions").value == "-Da=b c");
}

TEST_CASE("settings come first and replace only what they are joined with", "[locusctl]") {
  const SubmitArguments arguments = Parsed({"--conf", "spark.t=old", "--name", "n", "--driver-java-options", "-Dq=1",
                                            "--conf", "spark.u=1", "job.py", "--conf", "spark.t=mine"});
  CHECK(WithSettings(arguments, {Conf("spark.t", "new"), Conf("spark.driver.extraJavaOptions", "-Dq=1 -Dr=2")}) ==
        Words{"--conf", "spark.t=new", "--conf", "spark.driver.extraJavaOptions=-Dq=1 -Dr=2", "--name", "n", "--conf",
              "spark.u=1", "job.py", "--conf", "spark.t=mine"});
  CHECK(WithSettings(Parsed({}), {}).empty());
}

TEST_CASE("an unknown option is left to spark-submit", "[locusctl]") {
  const Words words = {"--new-switch", "--master", "k8s://a", "job.py"};
  CHECK(WithSettings(Parsed(words), {}) == words);
  CHECK(ValueOf(Parsed(words), "--master") == "k8s://a");
}

TEST_CASE("what submits nothing or is cut short is refused", "[locusctl]") {
  const auto refused = [](const Words& words) { return MessageOf(ParseSubmitArguments(words).status()); };
  for (const char* option : {"--version", "--help", "-h"}) {
    CHECK(refused({option}).find("submits nothing") != std::string::npos);
  }
  CHECK(refused({"--kill", "x"}).find("submits nothing") != std::string::npos);
  CHECK(refused({"--master"}) == "--master lacks its value");
  CHECK(refused({"--conf", "spark.a"}).find("NAME=VALUE") != std::string::npos);
  CHECK(refused({"--conf", "=a"}).find("NAME=VALUE") != std::string::npos);
}

TEST_CASE("the command is printed for a shell without secrets", "[locusctl]") {
  CHECK(ShellCommand("/bin/s s", {"--conf", "spark.x=-Da=$(HOST_IP) -Db='c'", "--conf",
                                  "spark.kubernetes.authenticate.oauthToken=t0p", "-v", "job.py", "a b", ""}) ==
        "'/bin/s s' \\\n"
        "  --conf 'spark.x=-Da=$(HOST_IP) -Db='\\''c'\\''' \\\n"
        "  --conf spark.kubernetes.authenticate.oauthToken=REDACTED \\\n"
        "  --verbose \\\n"
        "  job.py 'a b' ''\n");
}
