#include "locusctl/spark/submit.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "common/status.h"
#include "locusctl/local_file.h"
#include "tests/unit/locusctl/captured_output.h"

using namespace locus;
using namespace locus::ctl;

namespace {

// A SPARK_HOME with a program in it, and what was run.
struct Home {
  Home() : folder(*PrivateFolder::Make(std::getenv("TEST_TMPDIR"))) {
    std::filesystem::create_directories(folder.path() + "/bin");
    std::filesystem::create_directories(folder.path() + "/conf");
    const std::string program = folder.path() + "/bin/spark-submit";
    REQUIRE(WritePrivateFile(program, "#!/bin/sh\n").ok());
    REQUIRE(::chmod(program.c_str(), 0700) == 0);
    environment.home = folder.path();
    environment.temporary = folder.path();
  }

  int Run(const std::vector<std::string>& arguments) {
    SubmitOptions options;
    options.spark.inputs = {"alluxio:///a"};
    options.spark.front = "front:1";
    options.spark.executors = 2;
    options.arguments = arguments;
    options.dry_run = dry_run;
    options.spark_submit = spark_submit;
    const CommandRunner runner = [this](const std::vector<std::string>& words) -> absl::StatusOr<int> {
      command = words;
      pod_template = Value("spark.kubernetes.executor.podTemplateFile");
      template_text = ReadSmallFile(pod_template).value_or("");
      struct stat status {};
      ::stat(std::filesystem::path(pod_template).parent_path().c_str(), &status);
      mode = status.st_mode & 0777;
      return 17;
    };
    return RunSubmit(options, environment, runner, captured.AsText());
  }

  // Of the last --conf of this name.
  std::string Value(const std::string& name) const {
    std::string value = "-";
    for (const std::string& word : command) {
      if (word.starts_with(name + "=")) value = word.substr(name.size() + 1);
    }
    return value;
  }

  PrivateFolder folder;
  SparkEnvironment environment;
  std::string spark_submit;
  bool dry_run = false;
  CapturedOutput captured;
  std::vector<std::string> command;
  std::string pod_template;
  std::string template_text;
  unsigned mode = 0;
};

}  // namespace

TEST_CASE("spark-submit gets the settings and a template that lives as long as it", "[locusctl]") {
  Home home;
  CHECK(home.Run({"--master", "k8s://https://h:1", "job.py", "x"}) == 17);
  CHECK(home.command.front() == home.folder.path() + "/bin/spark-submit");
  CHECK(home.command.back() == "x");
  CHECK(home.Value("spark.kubernetes.executor.annotation.locus.dev/inputs") == "alluxio:///a");
  CHECK(home.template_text.find("kind: Pod") != std::string::npos);
  CHECK(home.mode == 0700);
  CHECK_FALSE(std::filesystem::exists(home.pod_template));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(home.pod_template).parent_path()));
  // Standard output is the job's.
  CHECK(home.captured.out.str().empty());
  CHECK(home.captured.err.str().find("in the job read alluxio://front:1/a") != std::string::npos);
}

TEST_CASE("values of the command line, the properties file and the defaults are joined in that order", "[locusctl]") {
  Home home;
  const std::string defaults = home.folder.path() + "/conf/spark-defaults.conf";
  REQUIRE(WritePrivateFile(defaults,
                           "spark.master k8s://h\nspark.executor.extraJavaOptions -Ddefaults=1\n"
                           "spark.locality.wait 1s")
              .ok());
  CHECK(home.Run({"job.py"}) == 17);
  CHECK(home.Value("spark.executor.extraJavaOptions").find("-Ddefaults=1 -Dalluxio") == 0);
  CHECK(home.Value("spark.locality.wait.node") == "-");
  CHECK(home.captured.err.str().find("spark.locality.wait=1s stays") != std::string::npos);

  const std::string file = home.folder.path() + "/own.conf";
  REQUIRE(WritePrivateFile(file, "spark.master=k8s://h\nspark.driver.extraJavaOptions=-Dfile=1\nother=1").ok());
  CHECK(home.Run({"--properties-file", file, "job.py"}) == 17);
  CHECK(home.Value("spark.driver.extraJavaOptions").find("-Dfile=1 -Dalluxio") == 0);
  // The defaults count no more, as for spark-submit itself.
  CHECK(home.Value("spark.executor.extraJavaOptions").find("-Ddefaults") == std::string::npos);
  CHECK(home.Run({"--properties-file", file, "--load-spark-defaults", "job.py"}) == 17);
  CHECK(home.Value("spark.executor.extraJavaOptions").find("-Ddefaults=1 -Dalluxio") == 0);

  CHECK(home.Run({"--conf", "spark.driver.extraJavaOptions=-Dline=1", "--properties-file", file, "job.py"}) == 17);
  CHECK(home.Value("spark.driver.extraJavaOptions").find("-Dline=1 -Dalluxio") == 0);
}

TEST_CASE("the configuration folder of the environment wins", "[locusctl]") {
  Home home;
  home.environment.conf_dir = home.folder.path() + "/other";
  std::filesystem::create_directories(home.environment.conf_dir);
  REQUIRE(WritePrivateFile(home.environment.conf_dir + "/spark-defaults.conf", "spark.master k8s://h").ok());
  CHECK(home.Run({"job.py"}) == 17);
}

TEST_CASE("the program is that of the flag, of SPARK_HOME, or of PATH", "[locusctl]") {
  Home home, other;
  const std::vector<std::string> arguments = {"--master", "k8s://h", "job.py"};
  home.spark_submit = other.folder.path() + "/bin/spark-submit";
  CHECK(home.Run(arguments) == 17);
  CHECK(home.command.front() == home.spark_submit);
  home.spark_submit = "";
  home.environment.home = "";
  CHECK(home.Run(arguments) == 2);
  home.environment.path = "/nowhere::" + other.folder.path() + "/bin";
  CHECK(home.Run(arguments) == 17);
  CHECK(home.command.front() == other.folder.path() + "/bin/spark-submit");
  home.environment.home = "/nowhere";
  CHECK(home.Run(arguments) == 2);
}

TEST_CASE("a master that is not Kubernetes is refused", "[locusctl]") {
  for (const char* master : {"local[2]", "yarn", "spark://h:7077"}) {
    Home home;
    CHECK(home.Run({"--master", master, "job.py"}) == 2);
    CHECK(home.captured.err.str().find("is not Kubernetes") != std::string::npos);
    CHECK(home.command.empty());
  }
  Home none;
  CHECK(none.Run({"job.py"}) == 2);
  none.environment.master = "k8s://h";
  CHECK(none.Run({"job.py"}) == 17);
  CHECK(none.Run({}) == 2);
}

TEST_CASE("a dry run prints the command and the template", "[locusctl]") {
  Home home;
  home.dry_run = true;
  CHECK(home.Run({"--master", "k8s://h", "job.py"}) == 0);
  CHECK(home.command.empty());
  const std::string text = home.captured.out.str();
  CHECK(text.find(home.folder.path() + "/bin/spark-submit \\\n  --conf ") == 0);
  CHECK(text.find("'spark.executor.extraJavaOptions=-D") != std::string::npos);
  CHECK(text.find("\nkind: Pod\n") != std::string::npos);
}

TEST_CASE("a folder that cannot be made and a properties file that is not there end it", "[locusctl]") {
  Home home;
  home.environment.temporary = "/nowhere";
  CHECK(home.Run({"--master", "k8s://h", "job.py"}) == 2);
  CHECK(home.Run({"--master", "k8s://h", "--properties-file", "/nowhere/x", "job.py"}) == 2);
  CHECK(home.captured.err.str().find("/nowhere/x") != std::string::npos);
}
