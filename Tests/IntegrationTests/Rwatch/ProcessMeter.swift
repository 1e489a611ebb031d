import Foundation

/// What a process has used so far, from /proc.
struct ProcessMeter {
    /// Processor time in seconds, in user and kernel mode, of all its threads.
    private(set) var processorTime = 0.0
    /// Processor time in seconds that its threads have used or waited for: what they would have used on a machine of
    /// their own.
    private(set) var demand = 0.0
    /// The most memory in bytes that was resident.
    private(set) var peakMemory = 0

    /// What each thread was seen to have, in nanoseconds.
    private var threads: [String: Double] = [:]
    private let folder: String
    private let ticks: Double

    init(_ process: Int32) {
        folder = "/proc/\(process)"
        ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Looks again. What a process was seen to use stays when it has ended.
    mutating func look() {
        guard let stat = read("stat"), let close = stat.lastIndex(of: ")") else { return }
        let fields = stat[close...].split(separator: " ")
        if fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) {
            processorTime = max(processorTime, (user + system) / ticks)
        }
        let line = read("status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        if let line, let size = Int(line.filter(\.isNumber)) { peakMemory = max(peakMemory, size << 10) }
        // Thread by thread: what one had when it ended must not hide what the others go on to have.
        for task in (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/task")) ?? [] {
            let numbers = read("task/\(task)/schedstat")?.split(separator: " ").prefix(2).compactMap { Double($0) }
            guard let nanoseconds = numbers?.reduce(0, +) else { continue }
            demand += max(nanoseconds - threads[task, default: 0], 0) / 1e9
            threads[task] = nanoseconds
        }
    }

    private func read(_ name: String) -> String? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
