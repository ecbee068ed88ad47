#!/bin/sh
# Counts the words of a table, on executors that run where it is cached: all three layers (docs/spark.md) by
# spark-submit alone, for a namespace in which the admission policy is on (docs/admission.md). `locusctl submit` does
# the same without the policy, and checks what you have set besides.
#
#   K8S_MASTER=k8s://https://10.0.0.1:6443 IMAGE=example/spark:3.5 manifests/spark/submit.sh /warehouse/events
set -eu

data=${1:?name a folder of text files in Alluxio, such as /warehouse/events}
: "${K8S_MASTER:?the API server, as in k8s://https://10.0.0.1:6443}"
: "${IMAGE:?an image of Spark with the client of Alluxio in jars/}"
front=${FRONT:-locus-meta.locus.svc:19998}

exec "${SPARK_HOME:-/opt/spark}/bin/spark-submit" \
  --master "$K8S_MASTER" --deploy-mode cluster --name count \
  --conf spark.kubernetes.namespace="${NAMESPACE:-default}" \
  --conf spark.kubernetes.authenticate.driver.serviceAccountName="${ACCOUNT:-spark}" \
  --conf spark.kubernetes.container.image="$IMAGE" \
  --conf spark.executor.instances="${EXECUTORS:-3}" \
  --conf spark.kubernetes.executor.annotation.locus.dev/inputs="alluxio://$data" \
  --conf spark.kubernetes.executor.annotation.locus.dev/policy=wait \
  --conf spark.kubernetes.executor.annotation.locus.dev/max-wait=60s \
  --conf spark.scheduler.minRegisteredResourcesRatio=1.0 \
  --conf spark.scheduler.maxRegisteredResourcesWaitingTime=120s \
  --conf spark.locality.wait.node=10s \
  --conf spark.sql.files.maxPartitionBytes=67108864 \
  --conf spark.sql.files.openCostInBytes=67108864 \
  --class org.apache.spark.examples.JavaWordCount \
  "local:///opt/spark/examples/jars/${EXAMPLES:-spark-examples_2.12-3.5.9.jar}" "alluxio://$front$data"
