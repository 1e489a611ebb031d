/// The natural logarithm of a positive number.
package func naturalLogarithm(of number: Double) -> Double { log(number) }
