// Command selectors reads PromQL expressions, a JSON list of strings, from standard input and writes for each of them, as a JSON
// list, what it asks for: Prometheus' own parser says so.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

type matcher struct {
	Label string `json:"label"`
	// "=", "!=", "=~" or "!~".
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

type selector struct {
	Metric   string    `json:"metric"`
	Matchers []matcher `json:"matchers"`
}

type expression struct {
	// The vectors that it selects.
	Selectors []selector `json:"selectors"`
	// The labels that it groups by, matches on, or takes from the other side.
	Labels []string `json:"labels"`
	// Why it is none; then the rest is empty.
	Error string `json:"error,omitempty"`
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		fmt.Fprintln(os.Stderr, "standard input is not a JSON list of strings:", err)
		os.Exit(2)
	}
	expressions := make([]expression, len(texts))
	for i, text := range texts {
		expressions[i] = read(text)
	}
	if err := json.NewEncoder(os.Stdout).Encode(expressions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(text string) expression {
	result := expression{Selectors: []selector{}, Labels: []string{}}
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.VectorSelector:
			result.Selectors = append(result.Selectors, selectorOf(node))
		case *parser.AggregateExpr:
			result.Labels = append(result.Labels, node.Grouping...)
		case *parser.BinaryExpr:
			if node.VectorMatching != nil {
				result.Labels = append(result.Labels, node.VectorMatching.MatchingLabels...)
				result.Labels = append(result.Labels, node.VectorMatching.Include...)
			}
		}
		return nil
	})
	return result
}

func selectorOf(node *parser.VectorSelector) selector {
	result := selector{Metric: node.Name, Matchers: []matcher{}}
	for _, m := range node.LabelMatchers {
		if m.Name == labels.MetricName {
			result.Metric = m.Value
			continue
		}
		result.Matchers = append(result.Matchers, matcher{m.Name, m.Type.String(), m.Value})
	}
	return result
}
