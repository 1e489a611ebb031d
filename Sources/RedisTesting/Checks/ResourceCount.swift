/// Counts of what this process holds, to find leaks by comparing before and after.
///
/// The counts are those of the whole process: tests that compare them must not run beside others (`.serialized`, or
/// compare with ``eventually(within:_:)``). They come from /proc, hence Linux only. May be called from any thread.
public enum ResourceCount {
    /// The number of open file descriptors, without the one that is used to list them.
    public static func openFileDescriptors() -> Int { ChildProcess.openDescriptors().count }

    /// The number of threads of this process, without those of the language's own pool: it keeps as many as the load of
    /// the moment asks for, and lets them go when it pleases.
    public static func threads() -> Int {
        let tasks = "/proc/self/task"
        return FileSystem.names(in: tasks).count { !FileSystem.readText("\(tasks)/\($0)/comm").contains("-qos") }
    }

    /// The memory that is resident now, in bytes. The allocator keeps some of what was freed, so that only growth over
    /// many rounds means something.
    public static func residentBytes() -> Int { status("VmRSS:") << 10 }

    /// The number behind a label of the process's status.
    private static func status(_ label: String) -> Int {
        for line in FileSystem.readText("/proc/self/status").split(separator: "\n") where line.hasPrefix(label) {
            return Int(line.dropFirst(label.count).drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0
        }
        return 0
    }
}
