import com.fasterxml.jackson.databind.ObjectMapper;
import com.twilio.exception.ApiException;
import com.twilio.http.NetworkHttpClient;
import com.twilio.http.Request;
import com.twilio.http.Response;
import com.twilio.http.TwilioRestClient;
import com.twilio.rest.taskrouter.v1.Workspace;
import com.twilio.rest.taskrouter.v1.workspace.Activity;
import com.twilio.rest.taskrouter.v1.workspace.Event;
import com.twilio.rest.taskrouter.v1.workspace.Task;
import com.twilio.rest.taskrouter.v1.workspace.TaskQueue;
import com.twilio.rest.taskrouter.v1.workspace.Worker;
import com.twilio.rest.taskrouter.v1.workspace.Workflow;
import com.twilio.rest.taskrouter.v1.workspace.WorkspaceCumulativeStatistics;
import com.twilio.rest.taskrouter.v1.workspace.worker.Reservation;
import java.util.HashSet;
import java.util.Set;

/** A small day in TaskRouter through Twilio's library for Java; run by taskrouter.test.mjs. */
public class Walk {
  static final int TASKS = 7;

  /** Sends what is meant for Twilio to our server. */
  static class Seaway extends NetworkHttpClient {
    final String ours;

    Seaway(String ours) {
      this.ours = ours;
    }

    @Override
    public Response makeRequest(Request sent) {
      String url = sent.constructURL().toString().replace("https://taskrouter.twilio.com", ours);
      Request moved = new Request(sent.getMethod(), url);
      moved.setAuth(sent.getUsername(), sent.getPassword());
      moved.setContentType(sent.getContentType());
      moved.getPostParams().putAll(sent.getPostParams());
      moved.getHeaderParams().putAll(sent.getHeaderParams());
      return super.makeRequest(moved);
    }
  }

  static void same(Object said, Object wanted, String what) {
    if (!wanted.equals(said)) throw new AssertionError(what + ": " + said + ", not " + wanted);
  }

  public static void main(String[] arguments) throws Exception {
    var place = new ObjectMapper().readTree(System.getenv("PLACE"));
    var client =
        new TwilioRestClient.Builder(place.get("key_sid").asText(), place.get("secret").asText())
            .accountSid(place.get("account_sid").asText())
            .httpClient(new Seaway(place.get("origin").asText() + "/twilio/taskrouter"))
            .build();

    String ws = Workspace.creator("Java's").create(client).getSid();
    String available = null;
    for (Activity one : Activity.reader(ws).read(client)) if (one.getFriendlyName().equals("Available")) available = one.getSid();
    String worker = Worker.creator(ws, "Zoe").setAttributes("{\"skills\":[\"tech\"]}").setActivitySid(available).create(client).getSid();
    String queue = TaskQueue.creator(ws, "tech").setTargetWorkers("skills HAS \"tech\"").create(client).getSid();
    String document = "{\"task_routing\":{\"filters\":[],\"default_filter\":{\"queue\":\"" + queue + "\"}}}";
    String workflow = Workflow.creator(ws, "All", document).create(client).getSid();

    Set<String> made = new HashSet<>();
    for (int no = 0; no < TASKS; no++) {
      Task task = Task.creator(ws).setWorkflowSid(workflow).setAttributes("{\"no\":" + no + "}").create(client);
      if (task.getDateCreated() == null) throw new AssertionError("a task's date is read");
      made.add(task.getSid());
    }
    Set<String> listed = new HashSet<>();
    for (Task task : Task.reader(ws).pageSize(2).read(client)) listed.add(task.getSid());
    same(listed, made, "tasks over all pages");
    try {
      Task.fetcher(ws, "WT00000000000000000000000000000009").fetch(client);
      throw new AssertionError("a task that is not there was found");
    } catch (ApiException error) {
      same(error.getCode(), 20404, "the refusal's code");
    }

    for (int done = 0; done < TASKS; done++) {
      Reservation offer = null;
      for (Reservation one : Reservation.reader(ws, worker).setReservationStatus(Reservation.Status.PENDING).read(client)) offer = one;
      var accepted = Reservation.updater(ws, worker, offer.getSid()).setReservationStatus(Reservation.Status.ACCEPTED).update(client);
      same(accepted.getReservationStatus(), Reservation.Status.ACCEPTED, "the reservation");
      var ended = Task.updater(ws, offer.getTaskSid()).setAssignmentStatus(Task.Status.COMPLETED).setReason("done").update(client);
      same(ended.getAssignmentStatus(), Task.Status.COMPLETED, "the task");
    }
    var counted = WorkspaceCumulativeStatistics.fetcher(ws).setMinutes(60).fetch(client);
    same(counted.getTasksCompleted(), TASKS, "completed tasks");
    same(counted.getReservationsAccepted(), TASKS, "accepted reservations");
    int events = 0;
    for (Event event : Event.reader(ws).setEventType("task.completed").setMinutes(60).pageSize(3).read(client)) {
      if (event.getEventDate() == null) throw new AssertionError("an event's date is read");
      events++;
    }
    same(events, TASKS, "ends of tasks");
    System.out.println("drove " + TASKS + " tasks");
  }
}
