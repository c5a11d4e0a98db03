package main

import (
	helm "github.com/fluxcd/helm-controller/api/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// helmRelease reads the object as Flux' helm-controller does, and says which release it would install; fields that the controller
// does not know are refused.
func helmRelease(object *unstructured.Unstructured) (verdict, error) {
	strict := true
	release := &helm.HelmRelease{}
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, release, strict)
	if err != nil {
		return verdict{Status: "Refused", Message: err.Error()}, nil
	}
	return verdict{Status: "Accepted", Message: release.GetReleaseNamespace() + "/" + release.GetReleaseName()}, nil
}
