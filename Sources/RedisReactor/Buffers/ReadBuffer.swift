import RedisPOSIX

/// The linear buffer between a socket and the parser.
///
/// Unread bytes always lie in one piece, so that a frame can be parsed in place. The buffer grows only when it is full
/// of bytes that really came, never because a header announced them, and gives the memory of a burst back. Between two
/// reads it holds what is left of a frame, and no more memory than that takes: to read, it borrows the block of the
/// loop.
@safe package struct ReadBuffer: ~Copyable {
    /// The size that is read with when there is nothing large.
    package static let normalCapacity = 64 << 10
    /// Blocks up to this serve all links of a loop.
    static let sharedCapacity = 256 << 10
    /// Above this the memory is given back as soon as the buffer is empty.
    private static let keptCapacity = 1 << 20
    /// So much of a frame is worth copying to let go of a block.
    private static let smallRest = 4096

    private var block: ReadBlock?
    /// Where the block is; nowhere without one.
    private var base: UnsafeMutableRawPointer
    package private(set) var capacity = 0
    private var head = 0
    private var tail = 0

    package init() { unsafe base = Self.nowhere }

    /// The bytes that were read and not consumed.
    package var unread: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base) + head, byteCount: tail - head)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// What an empty buffer begins at.
    private nonisolated(unsafe) static let nowhere = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)

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

    /// Borrows the loop's block for a read, unless there is more than a small rest in a block of its own. `settle`
    /// follows.
    package mutating func prepare(on loop: RedisEventLoop) {
        if capacity < Self.normalCapacity { move(to: loop.takeReadBlock()) }
    }

    /// Gives the block back, if no more than a small rest is left in it.
    package mutating func settle(on loop: RedisEventLoop) {
        guard capacity >= Self.normalCapacity, unreadCount <= Self.smallRest else { return }
        if unreadCount > 0 {
            if let borrowed = move(to: ReadBlock(capacity: unreadCount)) { loop.giveBack(borrowed) }
        } else if let borrowed = block.take() {
            capacity = 0
            unsafe base = Self.nowhere
            loop.giveBack(borrowed)
        }
    }

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
        if capacity > Self.keptCapacity { move(to: ReadBlock(capacity: Self.normalCapacity)) }
    }

    private mutating func makeRoom() {
        // Half a buffer free is worth a read; moving the rest of one frame to the front is cheap by then.
        if capacity >= Self.normalCapacity && capacity - tail >= capacity / 2 { return }
        if head > 0 {
            unsafe memmove(base, base + head, tail - head)
            tail -= head
            head = 0
        }
        if capacity < Self.normalCapacity || capacity - tail < capacity / 2 {
            move(to: ReadBlock(capacity: max(capacity * 2, Self.normalCapacity)))
        }
    }

    /// Goes on in another block. Returns the one before.
    @discardableResult
    private mutating func move(to new: consuming ReadBlock) -> ReadBlock? {
        unsafe new.base.copyMemory(from: base + head, byteCount: tail - head)
        tail -= head
        head = 0
        capacity = new.capacity
        unsafe base = new.base
        var other: ReadBlock? = consume new
        swap(&block, &other)
        return other
    }
}

/// Memory that is read into. It has one owner at a time: the loop, which lends it to the link that reads, or a link
/// that has something in it.
@safe package struct ReadBlock: ~Copyable {
    let base: UnsafeMutableRawPointer
    package let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }
}

extension RedisEventLoop {
    /// The block that the links of this loop read into, one after the other: what they read is gone before the next one
    /// does, and a million idle links need none. For the loop's thread.
    func takeReadBlock() -> ReadBlock {
        preconditionCurrent()
        return unsafe readBlock.take() ?? ReadBlock(capacity: ReadBuffer.normalCapacity)
    }

    /// Gives it back.
    func giveBack(_ block: consuming ReadBlock) {
        preconditionCurrent()
        if block.capacity <= ReadBuffer.sharedCapacity { unsafe readBlock = consume block }
    }
}
