/// Counts of what this process holds, to find leaks by comparing before and after.
///
/// The counts are those of the whole process: tests that compare them must not run beside others (`.serialized`, or
/// compare with ``eventually(within:_:)``). They come from /proc, hence Linux only. May be called from any thread.
public enum ResourceCount {
    /// The number of open file descriptors, without the one that is used to list them.
    public static func openFileDescriptors() -> Int { ChildProcess.openDescriptors().count }

    /// The number of threads, those of Swift's cooperative pool included (the pool grows to one per core on use).
    public static func threads() -> Int {
        let label = "Threads:"
        for line in FileSystem.readText("/proc/self/status").split(separator: "\n") where line.hasPrefix(label) {
            return Int(String(line.dropFirst(label.count).drop { $0 == "\t" || $0 == " " })) ?? 0
        }
        return 0
    }
}
