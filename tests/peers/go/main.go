// A small day in TaskRouter through Twilio's library for Go; run by taskrouter.test.mjs.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	twilio "github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"
)

const tasks = 7

// seaway sends what is meant for Twilio to our server.
type seaway struct{ ours *url.URL }

func (s seaway) RoundTrip(request *http.Request) (*http.Response, error) {
	if strings.HasSuffix(request.URL.Host, "twilio.com") {
		request = request.Clone(request.Context())
		request.URL.Scheme, request.URL.Host = s.ours.Scheme, s.ours.Host
		request.URL.Path, request.Host = s.ours.Path+request.URL.Path, s.ours.Host
	}
	return http.DefaultTransport.RoundTrip(request)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func same[T comparable](said, wanted T, what string) {
	if said != wanted {
		panic(fmt.Sprintf("%s: %v, not %v", what, said, wanted))
	}
}

func main() {
	var place struct {
		Origin, Secret string
		KeySid         string `json:"key_sid"`
		AccountSid     string `json:"account_sid"`
	}
	if err := json.Unmarshal([]byte(os.Getenv("PLACE")), &place); err != nil {
		panic(err)
	}
	ours := must(url.Parse(place.Origin + "/twilio/taskrouter"))
	base := &client.Client{Credentials: client.NewCredentials(place.KeySid, place.Secret), HTTPClient: &http.Client{Transport: seaway{ours}}}
	base.SetAccountSid(place.AccountSid)
	api := twilio.NewRestClientWithParams(twilio.ClientParams{Client: base}).TaskrouterV1

	ws := *must(api.CreateWorkspace((&taskrouter.CreateWorkspaceParams{}).SetFriendlyName("Go's"))).Sid
	activities := map[string]string{}
	for _, one := range must(api.ListActivity(ws, &taskrouter.ListActivityParams{})) {
		activities[*one.FriendlyName] = *one.Sid
	}
	worker := *must(api.CreateWorker(ws, (&taskrouter.CreateWorkerParams{}).SetFriendlyName("Zoe").
		SetAttributes(`{"skills":["tech"]}`).SetActivitySid(activities["Available"]))).Sid
	queue := *must(api.CreateTaskQueue(ws, (&taskrouter.CreateTaskQueueParams{}).SetFriendlyName("tech").SetTargetWorkers(`skills HAS "tech"`))).Sid
	document := `{"task_routing":{"filters":[],"default_filter":{"queue":"` + queue + `"}}}`
	workflow := *must(api.CreateWorkflow(ws, (&taskrouter.CreateWorkflowParams{}).SetFriendlyName("All").SetConfiguration(document))).Sid

	made := map[string]bool{}
	for no := 0; no < tasks; no++ {
		params := (&taskrouter.CreateTaskParams{}).SetWorkflowSid(workflow).SetAttributes(fmt.Sprintf(`{"no":%d}`, no))
		made[*must(api.CreateTask(ws, params)).Sid] = true
	}
	listed := must(api.ListTask(ws, (&taskrouter.ListTaskParams{}).SetPageSize(2)))
	same(len(listed), tasks, "tasks over all pages")
	for _, one := range listed {
		same(made[*one.Sid], true, "a task that was made")
	}
	if _, err := api.FetchTask(ws, "WT00000000000000000000000000000009"); err == nil || !strings.Contains(err.Error(), "20404") {
		panic(fmt.Sprintf("a task that is not there: %v", err))
	}

	done := 0
	for done < tasks {
		offers := must(api.ListWorkerReservation(ws, worker, (&taskrouter.ListWorkerReservationParams{}).SetReservationStatus("pending")))
		same(len(offers), 1, "offers at once")
		offer := offers[0]
		accepted := must(api.UpdateWorkerReservation(ws, worker, *offer.Sid, (&taskrouter.UpdateWorkerReservationParams{}).SetReservationStatus("accepted")))
		same(*accepted.ReservationStatus, "accepted", "the reservation")
		ended := must(api.UpdateTask(ws, *offer.TaskSid, (&taskrouter.UpdateTaskParams{}).SetAssignmentStatus("completed").SetReason("done")))
		same(*ended.AssignmentStatus, "completed", "the task")
		done++
	}
	counted := must(api.FetchWorkspaceCumulativeStatistics(ws, (&taskrouter.FetchWorkspaceCumulativeStatisticsParams{}).SetMinutes(60)))
	same(counted.TasksCompleted, tasks, "completed tasks")
	same(counted.ReservationsAccepted, tasks, "accepted reservations")
	events := must(api.ListEvent(ws, (&taskrouter.ListEventParams{}).SetEventType("task.completed").SetMinutes(60).SetPageSize(3)))
	same(len(events), tasks, "ends of tasks")
	fmt.Printf("drove %d tasks\n", done)
}
