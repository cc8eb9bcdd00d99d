# Faults of the machine for the programs that a test runs: t/lib/faults.c, preloaded, which reads
# from a file of the test which calls fail. They may change while a program runs.
package TlsGate::Faults;

use strict;
use warnings;

use TlsGate::Clock;

# For that httpd, before it starts; its clock, if it has one, stays.
sub new {
    my ($class, $httpd) = @_;
    my $self = bless { file => $httpd->dir . '/cache/faults' }, $class;
    $self->none;
    $httpd->{environment} = { %{ $httpd->{environment} || {} }, $self->environment($httpd) };
    return $self;
}

# The environment of a program. A sanitizer's own library comes first.
sub environment {
    my ($self, $httpd) = @_;
    my @preload = grep { defined && length } $ENV{TLSGATE_PRELOAD}, TlsGate::Clock::library('faults'),
        $httpd->{faked} ? TlsGate::Clock::library() : ();
    return (LD_PRELOAD => join(':', @preload), TLSGATE_FAULTS => $self->{file});
}

# Sets the faults, each a line in the format of t/lib/faults.c, and removes all others.
sub only {
    my ($self, @lines) = @_;
    open(my $h, '>', "$self->{file}.new") or die "$self->{file}: $!";
    print $h map { "$_\n" } @lines;
    close $h;
    chmod 0644, "$self->{file}.new";
    rename("$self->{file}.new", $self->{file}) or die "$self->{file}: $!";
}

sub is_over { my ($self) = @_; return !-e $self->{file} }
sub none { my ($self) = @_; return $self->only }

1;
