import Glibc

/// The linear buffer between a socket and the parser.
///
/// Unread bytes always lie in one piece, so that a frame can be parsed in place. The buffer grows only when it is full
/// of bytes that really came, never because a header announced them, and gives the memory of a burst back.
@safe package struct ReadBuffer: ~Copyable {
    /// The size it starts with and returns to.
    package static let normalCapacity = 64 << 10
    /// Above this the memory is given back as soon as the buffer is empty.
    private static let keptCapacity = 1 << 20

    private var base: UnsafeMutableRawPointer
    package private(set) var capacity: Int
    private var head = 0
    private var tail = 0

    package init() {
        capacity = Self.normalCapacity
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    /// The bytes that were read and not consumed.
    package var unread: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base) + head, byteCount: tail - head)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The number of unread bytes.
    package var unreadCount: Int { tail - head }

    /// Forgets the first bytes.
    package mutating func consume(_ count: Int) {
        precondition(count <= tail - head, "only what is there can be consumed")
        head += count
        if head == tail { reset() }
    }

    /// Forgets everything.
    package mutating func removeAll() { reset() }

    /// Reads once, as much as there is room for, and tells whether that was all that the socket had.
    package mutating func read(from socket: borrowing Socket) -> (transfer: Transfer, isDrained: Bool) {
        makeRoom()
        let room = capacity - tail
        let transfer = unsafe socket.receive(into: UnsafeMutableRawBufferPointer(start: base + tail, count: room))
        guard case .bytes(let count) = transfer else { return (transfer, true) }
        tail += count
        return (transfer, count < room && !socket.holdsBytes())
    }

    private mutating func reset() {
        head = 0
        tail = 0
        if capacity > Self.keptCapacity { move(toCapacity: Self.normalCapacity) }
    }

    private mutating func makeRoom() {
        // Half a buffer free is worth a read; moving the rest of one frame to the front is cheap by then.
        if capacity - tail >= capacity / 2 { return }
        if head > 0 {
            unsafe memmove(base, base + head, tail - head)
            tail -= head
            head = 0
        }
        if capacity - tail < capacity / 2 { move(toCapacity: capacity * 2) }
    }

    private mutating func move(toCapacity newCapacity: Int) {
        let new = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        unsafe new.copyMemory(from: base + head, byteCount: tail - head)
        unsafe base.deallocate()
        unsafe base = new
        tail -= head
        head = 0
        capacity = newCapacity
    }
}
