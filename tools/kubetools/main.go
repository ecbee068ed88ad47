// Command kubetools is one binary with the clients that an administrator installs Locus by: kubectl, kustomize and
// helm, unmodified, from their published Go modules. It is each of them under its name.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	helm "helm.sh/helm/v4/pkg/cmd"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	kustomize "sigs.k8s.io/kustomize/kustomize/v5/commands"
)

const usage = "usage: link this program as kubectl, kustomize or helm"

func main() {
	switch filepath.Base(os.Args[0]) {
	case "kubectl":
		// As its own main does.
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			util.CheckErr(err)
		}
	case "kustomize":
		if err := kustomize.NewDefaultCommand().Execute(); err != nil {
			os.Exit(1)
		}
	case "helm":
		command, err := helm.NewRootCmd(os.Stdout, os.Args[1:], helm.SetupLogging)
		if err == nil {
			err = command.Execute()
		}
		if err != nil {
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
}
