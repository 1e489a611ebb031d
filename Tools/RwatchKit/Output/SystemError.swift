/// A failed system call, by its `errno`.
package struct SystemError: Error, Equatable {
    /// The `errno` value, such as `EMFILE`.
    package let number: Int32

    /// Wraps an `errno` value.
    package init(number: Int32) {
        self.number = number
    }
}
