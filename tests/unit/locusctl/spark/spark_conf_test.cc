#include "locusctl/spark/spark_conf.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "locusctl/local_file.h"
#include "locusctl/spark/java_properties.h"
#include "tests/unit/locusctl/captured_output.h"

using namespace locus::ctl;

namespace {

std::string Scratch() {
  const absl::StatusOr<PrivateFolder> folder = PrivateFolder::Make(std::getenv("TEST_TMPDIR"));
  REQUIRE(folder.ok());
  return folder->path();
}

SparkConfOptions OnPods() {
  SparkConfOptions options;
  options.spark.inputs = {"alluxio:///a"};
  options.spark.front = "front:19998";
  options.spark.executors = 2;
  return options;
}

std::string FileText(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadSmallFile(path);
  REQUIRE(text.ok());
  return *text;
}

}  // namespace

TEST_CASE("what is printed is a properties file as a whole", "[locusctl]") {
  CapturedOutput captured;
  CHECK(RunSparkConf(OnPods(), captured.AsText()) == 0);
  const auto properties = ParseProperties(captured.out.str());
  for (const auto& [name, value] : properties) CHECK(name.starts_with("spark."));
  CHECK(properties.at("spark.kubernetes.executor.annotation.locus.dev/inputs") == "alluxio:///a");
  CHECK(properties.at("spark.kubernetes.executor.podTemplateFile") == "executor.yaml");
  CHECK(captured.out.str().find("#   alluxio://front:19998/a\n") != std::string::npos);
  CHECK(captured.out.str().find("#   kind: Pod\n") != std::string::npos);
}

TEST_CASE("JSON has values, reasons and the URIs of the job", "[locusctl]") {
  CapturedOutput captured;
  CHECK(RunSparkConf(OnPods(), captured.AsJson()) == 0);
  const nlohmann::json json = nlohmann::json::parse(captured.out.str());
  CHECK(json["inputs"][0]["uri"] == "alluxio://front:19998/a");
  CHECK(json["settings"][0]["name"] == "spark.kubernetes.executor.scheduler.name");
  CHECK(json["settings"][0]["layer"] == "pods");
  CHECK_FALSE(json["settings"][0]["reason"].get<std::string>().empty());
  CHECK(json["template"].get<std::string>().find("kind: Pod") != std::string::npos);
}

TEST_CASE("both files are written for their owner alone, with the user's own joined", "[locusctl]") {
  const std::string folder = Scratch() + "/new/conf";
  const std::string own = Scratch() + ".conf";
  REQUIRE(WritePrivateFile(own,
                           "spark.executor.extraJavaOptions -XX:+UseG1GC\nspark.app.name mine\n"
                           "spark.locality.wait 1s\n")
              .ok());
  SparkConfOptions options = OnPods();
  options.properties_file = own;
  options.folder = folder;
  CapturedOutput captured;
  CHECK(RunSparkConf(options, captured.AsText()) == 0);
  const auto properties = ParseProperties(FileText(folder + "/locus.properties"));
  CHECK(properties.at("spark.app.name") == "mine");
  CHECK(properties.at("spark.locality.wait") == "1s");
  CHECK(properties.at("spark.kubernetes.executor.podTemplateFile") == folder + "/executor.yaml");
  CHECK(properties.at("spark.executor.extraJavaOptions").find("-XX:+UseG1GC -Dalluxio") == 0);
  CHECK(FileText(folder + "/executor.yaml").find("fieldPath: status.hostIP") != std::string::npos);
  CHECK(captured.out.str().find("--properties-file " + folder + "/locus.properties") != std::string::npos);
  CHECK(captured.out.str().find("spark.locality.wait=1s stays") != std::string::npos);
  struct stat status {};
  REQUIRE(::stat((folder + "/locus.properties").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("the user's pod template is found by option or by property", "[locusctl]") {
  const std::string own = Scratch() + ".yaml";
  REQUIRE(WritePrivateFile(own, "spec: {priorityClassName: low}").ok());
  const SparkOptions options = OnPods().spark;
  for (const std::string prefix : {"", "file://", "local:", "file:"}) {
    const absl::StatusOr<SparkConf> conf = MakeSparkConf(options, {{kTemplateFile, {prefix + own, "--conf"}}}, "");
    INFO(conf.status());
    REQUIRE(conf.ok());
    CHECK(conf->pod_template.find("priorityClassName: low") != std::string::npos);
  }
  CHECK(MakeSparkConf(options, {}, own)->pod_template.find("priorityClassName: low") != std::string::npos);
  const auto remote = MakeSparkConf(options, {{kTemplateFile, {"s3a://bucket/t.yaml", "--conf"}}}, "");
  CHECK(absl::IsInvalidArgument(remote.status()));
}

TEST_CASE("a file that cannot be read is named", "[locusctl]") {
  SparkConfOptions options = OnPods();
  options.properties_file = "/nowhere/x.conf";
  CapturedOutput captured;
  CHECK(RunSparkConf(options, captured.AsText()) == 2);
  CHECK(captured.err.str().find("/nowhere/x.conf") != std::string::npos);
  CHECK(captured.out.str().empty());
  options.properties_file = "";
  options.template_file = "/";
  CHECK(RunSparkConf(options, captured.AsText()) == 2);
}

TEST_CASE("an input with control characters reaches no terminal", "[locusctl]") {
  SparkConfOptions options = OnPods();
  options.spark.inputs = {std::string("s3a://") + kHostile};
  CapturedOutput captured;
  CHECK(RunSparkConf(options, captured.AsText()) == 2);
  CHECK(IsHarmless(captured.err.str()));
}
