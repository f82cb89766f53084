// Command empty does nothing: what it takes to start and end is the least that a program in Go can take.
package main

func main() {}
