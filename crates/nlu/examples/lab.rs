fn main(){ponte_nlu::intents::lab::main()}
