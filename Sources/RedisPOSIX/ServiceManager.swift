/// What systemd, or another manager that has taken over its protocol, is told about this process (`sd_notify(3)`).
package struct ServiceManager: Sendable {
    private let address: [UInt8]
    /// How often the manager wants a sign that the process works, if it does.
    package let watchdogInterval: Duration?

    /// The manager that has started this process; `nil` when none asks for notifications. Only its process itself gets
    /// them: a child has to look for `WATCHDOG_PID`.
    package init?() {
        guard let address = ThisProcess.environment("NOTIFY_SOCKET"), let first = address.first else { return nil }
        // `@` is an address without a file.
        guard first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        self.address = first == UInt8(ascii: "@") ? [0] + address.dropFirst() : address
        func number(_ name: String) -> Int? {
            ThisProcess.environment(name).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        }
        let isMeant = number("WATCHDOG_PID").map { $0 == Int(getpid()) } ?? true
        watchdogInterval = number("WATCHDOG_USEC").flatMap { isMeant && $0 > 0 ? .microseconds($0) : nil }
    }

    /// Tells the manager a state, such as `READY=1`. Returns whether it was sent; a manager that has gone is none of
    /// the process's business.
    @discardableResult
    package func notify(_ state: String) -> Bool {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        guard address.count < MemoryLayout.size(ofValue: target.sun_path) else { return false }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: address) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { _ = close(descriptor) }
        // The length says where an address without a file ends.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count + (address.first == 0 ? 0 : 1))
        let text = Array(state.utf8)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let sent = unsafe text.withUnsafeBytes { text in
            unsafe withUnsafePointer(to: &target) { target in
                unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe sendto(descriptor, text.baseAddress, text.count, flags, $0, length)
                }
            }
        }
        return sent == text.count
    }
}
