//! The manifests that the project was founded on, unmodified, by the real binary and real guests: what each must show.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/ran.rs"]
mod ran;
#[cfg(unix)]
#[path = "support/running.rs"]
mod running;

use ran::{Ran, folder, text, wasipod};
#[cfg(unix)]
use running::Running;

fn succeeded(ran: &Ran) {
    assert_eq!(ran.code, 0, "stdout: {}\nstderr: {}", ran.out, ran.err);
}

fn says(ran: &Ran, line: &str) {
    assert!(ran.out.lines().any(|said| said == line), "no line {line:?} in\n{}\n{}", ran.out, ran.err);
}

#[test]
fn two_containers_share_the_page_the_processes_and_the_hosts_file() {
    let look = "two-containers -c nginx-container -- sh -c \
                'sleep 1; wget -q -O - http://localhost:80/; cat /usr/share/message; grep remote /etc/hosts; ps'";
    let ran = wasipod(&[
        "run",
        "-f",
        "examples/two-containers.yaml",
        "--node-label",
        "disktype=ssd",
        "--clock",
        "virtual",
        "-v",
        "--until",
        "exited:debian-container",
        "--exec",
        look,
    ]);
    succeeded(&ran);
    says(&ran, "Hello from the debian container");
    says(&ran, "hello");
    says(&ran, "1.1.1.1\tfoo.remote\tbar.remote");
    let command = |line: &&str| line.split_whitespace().skip(3).collect::<Vec<_>>().join(" ");
    let processes: Vec<_> = ran.out.lines().skip_while(|line| !line.starts_with("PID ")).collect();
    assert_eq!(command(&processes[1]), "/pause", "PID-2: {processes:?}");
    assert!(processes[1].trim_start().starts_with("1 "), "{processes:?}");
    assert_eq!(command(&processes[2]), "nginx -g daemon off;", "{processes:?}");
    // SEED-1, PRN-10: one of two containers is done.
    assert!(ran.out.contains("NotReady  pod/two-containers  1/2 ready"), "{}", ran.out);
    // SEED-5: the preStop hook asks nginx to go before the kubelet does.
    assert!(ran.out.contains("signal 3 (SIGQUIT) received, shutting down"), "{}", ran.out);
}

#[test]
fn both_containers_see_each_other_when_both_live() {
    let manifest = std::fs::read_to_string("examples/two-containers.yaml").unwrap();
    let sleeping = manifest.replace("> /pod-data/index.html", "> /pod-data/index.html; sleep 1000");
    assert_ne!(manifest, sleeping);
    let (_folder, paths) = folder(&[("pod.yaml", sleeping.as_bytes())]);
    let ran = wasipod(&[
        "run",
        "-f",
        text(&paths[0]),
        "--node-label",
        "disktype=ssd",
        "--clock",
        "virtual",
        "--until",
        "ready",
        "--grace-period",
        "1",
        "--exec",
        "two-containers -c nginx-container -- ps",
        "--exec",
        "two-containers -c debian-container -- ps",
    ]);
    succeeded(&ran);
    assert_eq!(ran.out.matches("/pause").count(), 2, "{}", ran.out);
    assert_eq!(ran.out.matches("nginx -g daemon off;").count(), 2, "{}", ran.out);
    assert_eq!(ran.out.matches("sleep 1000").count(), 2, "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn the_page_is_served_to_the_machine_and_ctrl_c_lets_nginx_finish() {
    let port = running::free_port();
    let publish = format!("{port}:two-containers:80");
    let mut run = Running::start(&[
        "run",
        "-f",
        "examples/two-containers.yaml",
        "--node-label",
        "disktype=ssd",
        "-p",
        &publish,
        "-v",
    ]);
    run.wait_for_line(|line| line.contains("is published on 127.0.0.1:"));
    run.wait_for_line(|line| line.contains("NotReady"));
    let answer = running::http_get(port, "/");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nHello from the debian container\n"), "{answer}");
    run.interrupt();
    let (code, said) = run.end();
    assert_eq!(code, 130, "{said}");
    assert!(said.contains("signal 3 (SIGQUIT) received, shutting down"), "{said}");
}

#[test]
fn without_the_label_the_pod_stays_pending_and_says_why() {
    let ran = wasipod(&["run", "-f", "examples/two-containers.yaml", "--clock", "virtual", "--for", "1m"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let why = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    assert!(ran.err.contains(why), "SCH-2: {}", ran.err);
    assert!(ran.err.contains("add --node-label disktype=ssd"), "{}", ran.err);
}

#[test]
fn the_init_container_delivers_the_archive_that_the_server_deploys() {
    let look = "javaweb-2 -c tomcat -- sh -c 'sleep 2; wget -q -O - http://localhost:8080/sample/; \
                wget http://localhost:8080/sample/WEB-INF/web.xml; ls /root/apache-tomcat-7.0.42-v2/webapps'";
    let ran = wasipod(&[
        "run",
        "-f",
        "examples/javaweb.yaml",
        "--clock",
        "virtual",
        "--until",
        "ready",
        "--exec",
        look,
    ]);
    assert!(ran.out.contains("<h1>Hello from sample.war</h1>"), "{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("404 Not Found"), "{}", ran.err);
    says(&ran, "sample.war");
    succeeded(&ran);
}

#[cfg(unix)]
#[test]
fn the_sample_page_is_on_host_port_8001() {
    let mut run = Running::start(&["run", "-f", "examples/javaweb.yaml", "-v"]);
    run.wait_for_line(|line| line.contains("Server startup in"));
    let answer = running::http_get(8001, "/sample/");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("<h1>Hello from sample.war</h1>"), "{answer}");
    run.interrupt();
    let (code, said) = run.end();
    assert_eq!(code, 130, "{said}");
}

#[test]
fn projected_secrets_are_readable_and_not_writable() {
    let look = "test-projected-volume -- sh -c 'cat /projected-volume/username.txt; echo; \
                cat /projected-volume/password.txt; echo; echo x > /projected-volume/username.txt'";
    let ran = wasipod(&[
        "run",
        "-f",
        "examples/projected.yaml",
        "--clock",
        "virtual",
        "--until",
        "running",
        "--exec",
        look,
    ]);
    says(&ran, "admin");
    says(&ran, "1f2d1e2e67df");
    assert!(ran.err.contains("Read-only file system"), "VOL-16: {}", ran.err);
    assert_eq!(ran.code, 1, "the exec's failure is the run's");
}

#[test]
fn the_preset_gives_the_variable_and_the_volume() {
    let ran = wasipod(&["run", "-f", "examples/podpreset.yaml", "--clock", "virtual"]);
    succeeded(&ran);
    says(&ran, "[website/website] port=6379");
    says(&ran, "[website/website] ok");
}

#[test]
fn the_busybox_image_has_a_link_for_everything_that_its_program_can_do() {
    let pod = b"
apiVersion: v1
kind: Pod
metadata: {name: list}
spec:
  restartPolicy: Never
  containers:
  - {name: main, image: busybox, command: [sh, -c, 'busybox --list | sort > /tmp/can; ls /bin | grep -v busybox | sort > /tmp/has; cat /tmp/can | tr \"\\n\" \" \"; echo; cat /tmp/has | tr \"\\n\" \" \"; echo']}
";
    let (_folder, paths) = folder(&[("pod.yaml", pod)]);
    let ran = wasipod(&["run", "-f", text(&paths[0]), "--clock", "virtual"]);
    succeeded(&ran);
    let lists: Vec<_> = ran.out.lines().filter_map(|line| line.strip_prefix("[list/main] ")).collect();
    assert!(lists.len() == 2 && lists[0].contains(" wget "), "{}", ran.out);
    assert_eq!(lists[0], lists[1]);
}

#[test]
fn a_restart_loses_the_root_keeps_the_volume_the_address_and_changes_the_id() {
    let pod = b"
apiVersion: v1
kind: Pod
metadata: {name: again}
spec:
  restartPolicy: OnFailure
  volumes: [{name: kept, emptyDir: {}}]
  containers:
  - name: main
    image: busybox
    env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
    volumeMounts: [{name: kept, mountPath: /kept}]
    command: [sh, -c, 'echo root:$(ls /lost 2>/dev/null) kept:$(cat /kept/x 2>/dev/null) ip:$IP; touch /lost; [ -e /kept/x ] && exit 0; echo yes > /kept/x; exit 1']
";
    let (_folder, paths) = folder(&[("pod.yaml", pod)]);
    let ran = wasipod(&["run", "-f", text(&paths[0]), "--clock", "virtual"]);
    succeeded(&ran);
    says(&ran, "[again/main] root: kept: ip:10.244.0.2");
    says(&ran, "[again/main] root: kept:yes ip:10.244.0.2");
}
