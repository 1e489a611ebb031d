import RedisPOSIX
import RedisReactor

/// Who is told that a watch stands, beside the notice: a script that waits before it publishes, or a service manager.
package struct Readiness: Sendable {
    /// The descriptor that gets one line, `ready`, and is closed then.
    package var descriptor: Int32?
    /// The file that exists while the watch stands.
    package var file: [UInt8]?

    /// Nobody but a service manager, if there is one.
    package init(descriptor: Int32? = nil, file: [UInt8]? = nil) {
        self.descriptor = descriptor
        self.file = file
    }

    /// Removes what an earlier run may have left. Must be called before the watch begins.
    ///
    /// - Throws: When the descriptor is not open, or the file cannot be removed.
    func prepare() throws(RedisSystemError) {
        if let descriptor, fcntl(descriptor, F_GETFD) < 0 { throw .last("fcntl") }
        guard let file, FilePath.exists(file) else { return }
        try FilePath.remove(file)
    }

    /// Tells that the watch stands.
    func announce() throws(RedisSystemError) {
        if let descriptor {
            defer { _ = close(descriptor) }
            let written = RawOutput.write(Array("ready\n".utf8), from: 0, to: descriptor)
            if written < 0 { throw RedisSystemError(call: "write", code: Int32(-written)) }
        }
        // Who sees the file finds nothing in it, so it need not be whole.
        if let file { _ = try OutputFile(creating: file) }
    }

    /// Tells that the watch stands no more.
    func withdraw() { if let file { try? FilePath.remove(file) } }
}

/// The reports to the service manager that has started the process.
final class ServiceReports: Sendable {
    private let manager: ServiceManager
    private let loop: RedisEventLoop
    private let state = Locked(State())

    private struct State {
        var isStopping = false
        /// The next confirmation.
        var call: ScheduledCall?
    }

    /// `nil` when there is no manager that wants reports.
    init?(on loop: RedisEventLoop) {
        guard let manager = ServiceManager() else { return nil }
        self.manager = manager
        self.loop = loop
    }

    /// Reports that the watch stands, and from then on that the loop works, as often as the manager wants.
    func ready(_ status: String) {
        manager.notify("READY=1\nSTATUS=\(status)")
        confirm()
    }

    /// Reports that the process ends. No report follows it.
    func stopping() {
        let call = state.withLock { state in
            state.isStopping = true
            manager.notify("STOPPING=1")
            return exchange(&state.call, with: nil)
        }
        call?.cancel()
    }

    private func confirm() {
        guard let interval = manager.watchdogInterval else { return }
        state.withLock { state in
            if state.isStopping { return }
            manager.notify("WATCHDOG=1")
            state.call = ScheduledCall(after: interval / 2, on: loop) { [weak self] in self?.confirm() }
        }
    }
}
