// Says what NetworkPolicies let through, by the matcher of cyclonus. Each line of the input is a question; each line of the
// output holds a boolean for each entry of its Traffic.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

// peer is a pod, or with an IP alone an address outside the cluster.
type peer struct {
	IP              string
	Namespace       string
	Labels          map[string]string
	NamespaceLabels map[string]string
}

func (p peer) traffic() *matcher.TrafficPeer {
	if p.Namespace == "" {
		return &matcher.TrafficPeer{IP: p.IP}
	}
	inside := &matcher.InternalPeer{PodLabels: p.Labels, NamespaceLabels: p.NamespaceLabels, Namespace: p.Namespace}
	return &matcher.TrafficPeer{IP: p.IP, Internal: inside}
}

type question struct {
	Policies []*networking.NetworkPolicy
	Traffic  []struct {
		From, To peer
		Port     int
		PortName string
		Protocol core.Protocol
	}
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := in.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		policy := matcher.BuildNetworkPolicies(false, asked.Policies)
		answers := make([]bool, 0, len(asked.Traffic))
		for _, one := range asked.Traffic {
			answers = append(answers, policy.IsTrafficAllowed(&matcher.Traffic{
				Source:           one.From.traffic(),
				Destination:      one.To.traffic(),
				ResolvedPort:     one.Port,
				ResolvedPortName: one.PortName,
				Protocol:         one.Protocol,
			}).IsAllowed())
		}
		if err := out.Encode(answers); err != nil {
			log.Fatal(err)
		}
	}
}
