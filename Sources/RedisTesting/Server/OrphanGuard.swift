/// A shell that outlives the test process, should that be killed, and then ends the server and removes its folder.
///
/// It reads lines from a connection whose other end only this process holds: the end of the stream without a "bye"
/// means that this process is gone, however it ended. Lines are handled in order, so that a process number which was
/// withdrawn before the process was collected is never used again.
final class OrphanGuard: Sendable {
    private let process: ChildProcess
    private let socket: StreamSocket

    private static let script = """
        pid=
        while read -r word value; do
            case $word in
                watch) pid=$value ;;
                forget) pid= ;;
                bye) exit 0 ;;
            esac
        done
        [ -n "$pid" ] && kill -KILL "$pid" "-$pid"
        rm -rf -- "$1"
        """

    /// Starts the guard of a folder.
    init(directory: String) throws(RedisTestingError) {
        let (ours, theirs) = try StreamSocket.pair()
        socket = ours
        process = try theirs.asInput { input throws(RedisTestingError) in
            try ChildProcess.spawn(
                ["/bin/sh", "-c", Self.script, "redis-testing-guard", directory],
                input: input,
                outputPath: "/dev/null"
            )
        }
    }

    /// Names the process to end.
    func watch(_ id: Int32) throws(RedisTestingError) { try send("watch \(id)\n") }

    /// Withdraws it. A guard that is gone has nothing to forget.
    func forget() { try? send("forget\n") }

    /// Says goodbye and waits for the guard's end. Idempotent.
    func dismiss() {
        try? send("bye\n")
        socket.close()
        if !process.waitForEnd(Deadline(after: .seconds(5))) { process.killAndWait() }
        process.collect()
    }

    /// What the guard sees when this process is killed: the end of the stream, and no goodbye.
    func abandon() { socket.close() }

    /// The guard's own process number.
    var processID: Int32 { process.id }

    private func send(_ line: String) throws(RedisTestingError) {
        try socket.send(Array(line.utf8), Deadline(after: .seconds(5)))
    }
}
