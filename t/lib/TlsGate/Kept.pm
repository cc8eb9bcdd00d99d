# A client program that is started once and makes many connections, each for one request: a
# runtime takes longer to start than a hundred handshakes. It reads
#
#     HOST PORT SERVER_NAME VERSION LENGTH        and LENGTH bytes, the request
#
# opens a new connection, like a program that has just started, without a previous session, and
# writes
#
#     LENGTH                                      and LENGTH bytes: all that the server sent
#
# when the server has closed the connection; 0 if no connection was established.
package TlsGate::Kept;

use strict;
use warnings;

use IO::Handle;
use POSIX ();

my %RUNNING;

# One process per name, for the whole test. Options: name, command (a list), env.
sub of {
    my (%o) = @_;
    my $kept = $RUNNING{ $o{name} };
    return $kept if $kept && $kept->{owner} == $$;
    pipe(my $their_in, my $in)   or die "pipe: $!";
    pipe(my $out, my $their_out) or die "pipe: $!";
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        open(STDIN,  '<&', $their_in);
        open(STDOUT, '>&', $their_out);
        open(STDERR, '>', '/dev/null');
        %ENV = (%ENV, %{ $o{env} });
        { exec @{ $o{command} } }
        POSIX::_exit(127);
    }
    binmode $_ for $in, $out;
    $in->autoflush(1);
    return $RUNNING{ $o{name} } = bless { %o, pid => $pid, in => $in, out => $out, owner => $$ };
}

sub send {
    my ($self, $port, $name, $version, $request) = @_;
    local $SIG{PIPE} = 'IGNORE';
    print { $self->{in} } "127.0.0.1 $port $name $version " . length($request) . "\n$request"
        or die "$self->{name} is no longer running\n";
}

# Returns what the server sent.
sub received {
    my ($self) = @_;
    my $length = readline($self->{out}) // die "$self->{name} is no longer running\n";
    chomp $length;
    read($self->{out}, my $bytes, $length) == $length or die "$self->{name} ended within an answer\n";
    return $bytes // '';
}

# A client that does not answer cannot be used for the next request either.
sub end {
    my ($self) = @_;
    delete $RUNNING{ $self->{name} };
    kill TERM => $self->{pid};
    waitpid($self->{pid}, 0);
}

END {
    local ($?, $!, $@);
    $_->end for grep { $_->{owner} == $$ } values %RUNNING;
}

1;
